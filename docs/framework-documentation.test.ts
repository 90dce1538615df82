import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const declarationsOf = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../packages/${name}/dist/middleware.d.ts`, import.meta.url)), 'utf8')

const COMMENT = String.raw`/\*\*(?<comment>(?:(?!\*/)[\s\S])*)\*/\s*`
const EXPORT = new RegExp(`(?:${COMMENT})?export declare const (?<name>\\w+): (?<type>[^;]+);`, 'g')
const MEMBER = new RegExp(`${COMMENT}(?<name>\\w+)\\((?<parameters>[^;]*)\\): \\w+;`, 'g')

interface Found {
  name: string
  comment?: string
  type?: string
  parameters?: string
}

const findAll = (text: string, pattern: RegExp): Found[] =>
  [...text.matchAll(pattern)].map(({ groups }) => ({ ...groups }) as unknown as Found)

const table = [
  ...findAll(declarationsOf('guard'), MEMBER).map((member) => ({ ...member, type: 'Guard' })),
  ...findAll(declarationsOf('auth'), MEMBER).map((member) => ({ ...member, type: 'Auth' })),
]

describe('the documentation of the checks', () => {
  it('explains every parameter, once for all frameworks', () => {
    expect(table).toHaveLength(8)
    for (const { comment, parameters } of table) {
      expect(comment?.length).toBeGreaterThan(80)
      for (const [, name] of parameters?.matchAll(/(\w+)\??: /g) ?? [])
        expect(comment).toContain(`@param ${name} `)
    }
  })

  it.each(['express', 'hono', 'fastify', 'koa'])('is reached from the declarations of %s', (framework) => {
    const exported = findAll(declarationsOf(framework), EXPORT)
    expect(exported.map(({ name }) => name).sort()).toEqual(table.map(({ name }) => name).sort())
    for (const { name, comment, type } of exported) {
      const owner = table.find((member) => member.name === name)?.type
      // the type carries the parameters' documentation, the link leads to the rest
      expect(type).toBe(`${owner}['${name}']`)
      expect(comment).toContain(`{@link ${owner}Middleware.${name}}`)
    }
  })
})
