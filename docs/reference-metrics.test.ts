import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const folder = new URL('../packages/telemetry/src/', import.meta.url)
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('testing'))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))
  .join('\n')
const page = readFileSync(new URL('reference/metrics.md', import.meta.url), 'utf8')

const KINDS: Record<string, string> = { Histogram: 'histogram', Counter: 'counter', UpDownCounter: 'up-down' }

describe('the reference of metrics', () => {
  it('has every instrument with its kind', () => {
    const created = [...sources.matchAll(/create(\w+)\('([\w.]+)'/g)]
    expect(created.length).toBeGreaterThan(5)
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    for (const [, kind, name] of created) {
      const row = rows.find((line) => line.startsWith(`| \`${name}\` `))
      expect(row, name).toContain(`| ${KINDS[kind!]}`)
    }
  })

  it('has every attribute that is recorded', () => {
    const namespaces = 'mcp|gen_ai|portico|rpc|jsonrpc|network|http'
    const names = [...sources.matchAll(new RegExp(`'((?:${namespaces})\\.[a-z_.]+|error\\.type)'`, 'g'))]
    expect(names.length).toBeGreaterThan(15)
    for (const [, name] of names) expect(page).toContain(`\`${name}\``)
  })

  it('names nothing of Portico that is not recorded', () => {
    for (const [, name] of page.matchAll(/`(portico\.[a-z_.]+)`/g)) {
      if (name !== 'portico.') expect(sources).toContain(`'${name}'`)
    }
  })
})
