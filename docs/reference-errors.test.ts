import { readdirSync, readFileSync } from 'node:fs'
import { Refusal, type RefusalReason } from '@portico-mcp/core'
import { GuardRefusal, type GuardRefusalReason } from '@portico-mcp/guard'
import { describe, expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const page = read('docs/reference/errors.md')

/** The rows of a table below a heading: the texts of its cells, without backticks. */
function readTable(heading: string, index = 0): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const tables = section.split(/\n\n/).filter((block) => block.startsWith('|'))
  const rows = tables[index]?.trim().split('\n').slice(2) ?? []
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

const firstCells = (rows: string[][]): (string | undefined)[] => rows.map(([first]) => first)

/** The names in an object literal of a source, in order. */
function readKeys(path: string, start: string): string[] {
  const block = read(path).split(start)[1]?.split(/\n\}/)[0] ?? ''
  return [...block.matchAll(/^ {2}'?([\w-]+)'?: /gm)].map(([, key]) => key!)
}

/** The members of a union of texts in a source. */
function readUnion(path: string, name: string): string[] {
  const [, after = ''] = read(path).split(`type ${name} =`)
  const members = /^(?:\s*(?:\/\*\*.*?\*\/)?\s*\|? ?'[\w-]+')+/s.exec(after)?.[0] ?? ''
  return [...members.replace(/\/\*\*.*?\*\//gs, '').matchAll(/'([\w-]+)'/g)].map(([, member]) => member!)
}

const packages = readdirSync(new URL('../packages/', import.meta.url))

/** The sources of a package, without its tests. */
const listSources = (name: string): string[] =>
  readdirSync(new URL(`../packages/${name}/src`, import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing'))
    .map((file) => `packages/${name}/src/${file}`)

describe('the reference of errors', () => {
  it('has every refusal of MCP requests, with status and code', () => {
    const rows = readTable('MCP requests')
    const reasons = readKeys('packages/core/src/http/errors.ts', 'const REASONS = {')
    expect(reasons.length).toBeGreaterThan(30)
    const refusals = reasons.map((reason) => new Refusal(reason as RefusalReason, ''))
    expect(rows.map((row) => row.slice(0, 3))).toEqual(
      refusals.map(({ reason, status, code }) => [reason, String(status), String(code)]),
    )
  })

  it('has every refusal of guards, with its status', () => {
    const reasons = readKeys('packages/guard/src/refusal.ts', 'const REASONS = {')
    expect(readTable('Guards').map((row) => row.slice(0, 2))).toEqual(
      reasons.map((reason) => [reason, String(new GuardRefusal(reason as GuardRefusalReason, '').status)]),
    )
  })

  it('has every error of tokens, with its status', () => {
    const source = read('packages/auth/src/challenge.ts').split('const STATUS')[1]!.split('\n}')[0]!
    const statuses = [...source.matchAll(/OAuthErrorCode\.(\w+)\]: (\d+)/g)].map(([, name, status]) => [
      name!.replace(/\B[A-Z]/g, (letter) => `_${letter}`).toLowerCase(),
      status,
    ])
    const rows = readTable('Tokens').map((row) => row.slice(0, 2))
    expect(rows.sort()).toEqual(statuses.sort())
    expect(firstCells(readTable('Tokens', 1))).toEqual(
      readUnion('packages/auth/src/errors.ts', 'TokenRefusal'),
    )
  })

  it('has every refusal of the authorization server, with error and status', () => {
    const source = read('packages/oauth/src/refusal.ts').split('const REFUSALS')[1]!.split('\n}')[0]!
    const refusals = [...source.matchAll(/^ {2}'?([\w-]+)'?: \[\s*'(\w+)',\s*(\d+)/gm)]
    expect(readTable('Issuing tokens').map((row) => row.slice(0, 3))).toEqual(
      refusals.map(([, reason, code, status]) => [reason, code, status]),
    )
  })

  it('has every error of createHTTPServer', () => {
    const codes = readUnion('packages/server/src/http-server-error.ts', 'HTTPServerErrorCode')
    expect(firstCells(readTable('createHTTPServer'))).toEqual(codes)
  })

  it('has every error of the command, with its exit code', () => {
    const source = read('packages/server/src/command/command-error.ts')
    const codes = [
      ...source
        .split('const EXIT_CODES')[1]!
        .split('\n}')[0]!
        .matchAll(/'([\w-]+)': (\d)/g),
    ]
    expect(readTable('The command').map((row) => row.slice(0, 2))).toEqual(
      codes.map(([, code, exit]) => [code, exit]),
    )
  })

  it.each([
    ['RedisError', 'packages/redis/src/redis-error.ts', 'RedisErrorCode'],
    ['CloudflareError', 'packages/cloudflare/src/cloudflare-error.ts', 'CloudflareErrorCode'],
    ['BullmqQueueError', 'packages/bullmq/src/bullmq-queue-error.ts', 'BullmqQueueErrorCode'],
    ['SkillError', 'packages/skills/src/skill-error.ts', 'SkillErrorCode'],
    ['ApiError', 'packages/tools/src/api-error.ts', 'ApiErrorReason'],
  ])('has every %s', (name, path, type) => {
    const listed = readTable('Stores and APIs')
      .find(([first]) => first === name)?.[1]
      ?.split(', ')
    const codes = readUnion(path, type)
    expect(codes.length).toBeGreaterThan(0)
    expect(listed?.sort()).toEqual(codes.sort())
  })

  it('has every error of create-portico', () => {
    const codes = readUnion('packages/create-portico/src/create-error.ts', 'CreateErrorCode')
    expect(firstCells(readTable('create-portico'))).toEqual(codes)
  })

  it('has every error of DynamoDB that is named in the sources', () => {
    const codes = listSources('dynamodb').flatMap((path) => {
      const source = read(path)
      const created = [...source.matchAll(/new DynamoDBStoreError\(\s*'(\w+)'/g)]
      const named = [...source.matchAll(/^ {2}'(\w+(?:Exception|Exceeded))',$/gm)]
      return [...created, ...named].map(([, code]) => code!)
    })
    expect(codes).toContain('IncompleteEventError')
    const listed = firstCells(readTable('Stores and APIs', 1))
    expect(listed).toEqual(expect.arrayContaining(codes))
  })

  it.each(packages)('has every stable code and reason in the sources of %s', (name) => {
    const missing = listSources(name).flatMap((path) => {
      const source = read(path)
      const unions = [...source.matchAll(/^export type (\w+(?:ErrorCode|Reason|Refusal)) =/gm)]
      const codes = unions.flatMap(([, type]) => readUnion(path, type!))
      const inline = [...source.matchAll(/\b(?:reason|code): '([a-z]+(?:-[a-z]+)+)'/g)].map(
        ([, code]) => code!,
      )
      return [...codes, ...inline].filter((code) => !page.includes(`\`${code}\``))
    })
    expect(missing).toEqual([])
  })
})
