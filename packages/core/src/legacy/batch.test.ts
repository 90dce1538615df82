import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import type { McpServerLike } from '../server/factory.ts'
import { McpServer } from '../server/fast/mcp-server.ts'
import { ask, post } from '../testing/requests.ts'

type Anything = any

const cycle: Record<string, unknown> = {}
cycle.self = cycle
let asked = 0

/** What cannot be written as JSON. */
const UNWRITABLE: [string, unknown][] = [
  ['a BigInt', 1n],
  ['a cycle', cycle],
  [
    'a toJSON that throws',
    {
      toJSON() {
        throw new Error('no JSON')
      },
    },
  ],
  [
    'a toJSON that throws null',
    {
      toJSON() {
        throw null
      },
    },
  ],
  [
    'a toJSON that throws at every other time',
    {
      toJSON() {
        if (asked++ % 2 === 0) throw new Error('no JSON')
        return 'JSON'
      },
    },
  ],
  ['a revoked proxy', revoked()],
]

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const text = (name: string) => [{ type: 'text' as const, text: name }]

const SERVERS: [string, (value: unknown) => McpServerLike][] = [
  ...[McpServer, SdkMcpServer].map((Class): [string, (value: unknown) => McpServerLike] => [
    Class === McpServer ? "Portico's McpServer" : "the SDK's McpServer",
    (value) => {
      const server = new Class({ name: 's', version: '1' })
      server.registerTool('good', {}, async () => ({ content: text('good') }))
      server.registerTool('bad', {}, async () => ({ content: text('bad'), structuredContent: { value } }))
      return server
    },
  ]),
  [
    'a low-level Server',
    (value) => {
      const server = new Server({ name: 's', version: '1' }, { capabilities: { tools: {} } })
      server.setRequestHandler(CallToolRequestSchema, async ({ params }) =>
        params.name === 'bad' ? { content: [], structuredContent: { value } } : { content: text('good') },
      )
      return server
    },
  ],
]

const call = (name: string, id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })

describe.each(SERVERS)('a batch to %s', (_, build) => {
  it.each(UNWRITABLE)('loses no other answer to %s', async (_, value) => {
    const onerror = vi.fn()
    const handler = createMcpHandler(() => build(value), { onerror })
    const calls = [call('good', 1), call('bad', 2), call('bad', 3), call('good', 4)]
    const headers = { 'mcp-protocol-version': '2025-03-26', accept: 'application/json' }
    const answers: Anything[] = await ask(handler, post(calls, headers))
    const byId = new Map(answers.map((answer) => [answer.id, answer]))
    expect(byId.size).toBe(4)
    for (const id of [1, 4]) expect(byId.get(id).result.content).toEqual(text('good'))
    const [first, second] = [byId.get(2), byId.get(3)]
    expect(first.error).toMatchObject({ code: -32603 })
    expect(second.error ?? second.result).toBeDefined()
    expect(onerror).toHaveBeenCalled()
    await handler.close()
  })

  it('answers one request alone with an internal error', async () => {
    const handler = createMcpHandler(() => build(1n), { onerror: () => {} })
    const headers = { 'mcp-protocol-version': '2025-03-26', accept: 'application/json' }
    expect(await ask(handler, post([call('bad', 'a' as never)], headers))).toEqual([
      { jsonrpc: '2.0', id: 'a', error: { code: -32603, message: 'Internal error' } },
    ])
  })
})
