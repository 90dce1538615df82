import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import type { McpServerLike } from '../server/factory.ts'
import { McpServer } from '../server/fast/mcp-server.ts'
import { ask, legacy, modern } from '../testing/requests.ts'

const CLASSES: [string, typeof SdkMcpServer][] = [
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer],
  ['a 2.x McpServer', McpServer2 as unknown as typeof SdkMcpServer],
]
const requestedSchema = { type: 'object' as const, properties: {} }
const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'Hi' } }]

const QUESTIONS: [string, string, (server: Server) => Promise<unknown>][] = [
  ['a form', 'elicitation/create', (server) => server.elicitInput({ message: 'Sure?', requestedSchema })],
  [
    'a URL',
    'elicitation/create',
    (server) =>
      server.elicitInput({ mode: 'url', message: 'Open', url: 'https://example.com', elicitationId: 'e' }),
  ],
  ['sampling', 'sampling/createMessage', (server) => server.createMessage({ messages, maxTokens: 5 })],
  [
    'sampling with tools',
    'sampling/createMessage',
    (server) => server.createMessage({ messages, maxTokens: 5, tools: [] }),
  ],
  ['roots', 'roots/list', (server) => server.listRoots()],
]

describe.each(CLASSES)('a question of %s to a 2025-era client without a session', (_, Class) => {
  it.each(QUESTIONS)('names the way out: %s', async (_, method, question) => {
    const handler = createMcpHandler(() => {
      const server = new Class({ name: 'asks', version: '1' })
      server.registerTool('ask', {}, async () => {
        await question(server.server)
        return { content: [] }
      })
      return server as McpServerLike
    })
    const { result } = await ask(handler, legacy('tools/call', { name: 'ask' }))
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toContain(
      `${method} cannot reach the client: serve 2025-era clients with sessions`,
    )
  })

  it('says what the client lacks where it can be asked', async () => {
    const handler = createMcpHandler(() => {
      const server = new Class({ name: 'asks', version: '1' })
      server.registerTool('ask', {}, async () => {
        await server.server.elicitInput({ message: 'Sure?', requestedSchema })
        return { content: [] }
      })
      return server as McpServerLike
    })
    expect((await ask(handler, modern('tools/call', { params: { name: 'ask' } }))).error.code).toBe(-32021)
  })
})

it('names the way out to a low-level handler, with the reason', async () => {
  const handler = createMcpHandler(() => {
    const server = new Server({ name: 'asks', version: '1' }, { capabilities: { tools: {} } })
    server.setRequestHandler(CallToolRequestSchema, async () => {
      const error = await server.elicitInput({ message: 'Sure?', requestedSchema }).catch((error) => error)
      return { content: [], structuredContent: { data: error.data } }
    })
    return server
  })
  const { result } = await ask(handler, legacy('tools/call', { name: 'ask' }))
  expect(result.structuredContent).toEqual({ data: { reason: 'no-back-channel' } })
})
