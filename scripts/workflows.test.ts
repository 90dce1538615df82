import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

describe.each(readdirSync(`${root}.github/workflows`))('the workflow %s', (file) => {
  const text = readFileSync(`${root}.github/workflows/${file}`, 'utf8')

  it('runs scripts and tests that there are', () => {
    const names = [...text.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name]) => name)
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names))
    const paths = [...text.matchAll(/(?:node|tests:) ((?:scripts|examples)\/\S+)/g)].map(([, path]) => path!)
    expect(names.length + paths.length).toBeGreaterThan(0)
    for (const path of paths) expect(existsSync(`${root}${path}`), path).toBe(true)
  })

  it('has no more rights than it names', () => {
    expect(text).toMatch(/^ *permissions:$/m)
  })
})
