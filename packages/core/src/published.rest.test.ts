import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const core = fileURLToPath(new URL('..', import.meta.url))

describe('the modules that are published', () => {
  beforeAll(() => void execFileSync(process.execPath, [`${core}bundle.mjs`, 'dist/tested']))

  const published = (entry: string) => import(/* @vite-ignore */ `${core}dist/tested/${entry}.js`)

  it('answer', async () => {
    const { createMcpHandler, McpServer } = await published('index')
    const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1' }))
    const response: Response = await handler.fetch(
      new Request('http://localhost/mcp', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
      }),
    )
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('export what the sources do, and share it', async () => {
    const [index, internal] = await Promise.all([published('index'), published('internal')])
    expect(new Set(Object.keys(index))).toEqual(new Set(Object.keys(await import('./index.ts'))))
    expect(new Set(Object.keys(internal))).toEqual(new Set(Object.keys(await import('./internal.ts'))))
    expect(internal.handlerClosed()).toBeInstanceOf(index.Refusal)
  })
})

it('is not packed by npm, which would leave the wrong exports', () => {
  const pack = () => execFileSync('npm', ['pack', '--dry-run'], { cwd: core, stdio: 'pipe' })
  expect(pack).toThrow(/Pack with pnpm: npm does not apply publishConfig.exports/)
})
