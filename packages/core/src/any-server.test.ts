import { acceptedContent, inputRequired, McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from './handler.ts'
import { once } from './input/once.ts'
import type { McpServerLike } from './server/factory.ts'
import { accept, caller, connectClient } from './testing/client.ts'
import { ask, legacy, modern } from './testing/requests.ts'

let charged = 0

function buildServer(): McpServerLike {
  const server = new McpServer2({ name: 'second', version: '2.0.0' }, { instructions: 'Ask.' })
  const said = (value: unknown) => ({
    content: [{ type: 'text' as const, text: typeof value === 'string' ? value : JSON.stringify(value) }],
  })
  server.registerTool('add', { inputSchema: z.object({ a: z.number(), b: z.number() }) }, async ({ a, b }) =>
    said(`${a + b}`),
  )
  server.registerTool(
    'regional',
    { inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }) },
    async ({ region }, ctx) => said(`${region} ${ctx.http?.req?.headers.get('mcp-param-region')}`),
  )
  server.registerTool('elicit', {}, async (ctx) => {
    const requestedSchema = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
    await once(ctx, 'charge', () => ++charged)
    const first = await ctx.mcpReq.elicitInput({ message: 'From?', requestedSchema })
    const second = await ctx.mcpReq.elicitInput({ message: 'To?', requestedSchema })
    return said([first.content, second.content])
  })
  server.registerTool('return', {}, async (ctx) => {
    await once(ctx, 'charge', () => ++charged)
    const accepted = acceptedContent<{ city: string }>(ctx.mcpReq.inputResponses, 'city')
    if (accepted) return said(`To ${accepted.city}, ${ctx.mcpReq.requestState()}`)
    const requestedSchema = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
    return inputRequired({
      inputRequests: { city: inputRequired.elicit({ message: 'Where?', requestedSchema }) },
      requestState: 'by train',
    })
  })
  server.registerTool('fail', {}, async () => {
    throw new Error('It broke')
  })
  server.registerResource('readme', 'doc://readme', {}, async (uri) => ({
    contents: [{ uri: uri.href, text: 'Read me' }],
  }))
  server.registerPrompt('greet', { argsSchema: z.object({ who: z.string() }) }, async ({ who }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}` } }],
  }))
  return server
}

const handler = createMcpHandler(buildServer, { requestState: { keys: ['k'.repeat(32)] } })

describe('a server of @modelcontextprotocol/server', () => {
  it('is served in 2026-07-28 where it was told to support 2025-era revisions only', async () => {
    const handler = createMcpHandler(() => {
      const options = { supportedProtocolVersions: ['2025-11-25'] }
      const server = new McpServer2({ name: 'older', version: '2.0.0' }, options)
      server.registerTool('now', {}, async () => ({ content: [{ type: 'text', text: 'noon' }] }))
      return server as unknown as McpServerLike
    })
    const { result } = await ask(handler, modern('tools/call', { params: { name: 'now' } }))
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'noon' }] })
    expect((await ask(handler, modern('server/discover'))).result).toMatchObject({
      supportedVersions: expect.arrayContaining(['2026-07-28']),
    })
  })

  it('is served in 2026-07-28', async () => {
    const { client } = await connectClient(handler, {})
    expect(client.getServerVersion()).toMatchObject({ name: 'second' })
    expect(client.getInstructions()).toBe('Ask.')
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['add', 'regional', 'elicit', 'return', 'fail'])
    expect(await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })).toMatchObject({
      content: [{ text: '5' }],
    })
    expect(await client.callTool({ name: 'fail' })).toMatchObject({ isError: true })
    expect((await client.readResource({ uri: 'doc://readme' })).contents).toMatchObject([{ text: 'Read me' }])
    expect((await client.getPrompt({ name: 'greet', arguments: { who: 'Ann' } })).messages).toMatchObject([
      { content: { text: 'Greet Ann' } },
    ])
  })

  it('is served to 2025-era clients', async () => {
    const initialize = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    }
    expect((await ask(handler, legacy('initialize', initialize))).result).toMatchObject({
      protocolVersion: '2025-06-18',
      serverInfo: { name: 'second' },
    })
    const params = { name: 'add', arguments: { a: 2, b: 3 } }
    expect((await ask(handler, legacy('tools/call', params))).result).toMatchObject({
      content: [{ text: '5' }],
    })
  })

  it('has its mirrored arguments checked, and sees the HTTP request', async () => {
    const params = { name: 'regional', arguments: { region: 'eu' } }
    const headers = { 'mcp-param-region': 'eu' }
    expect((await ask(handler, modern('tools/call', { params, headers }))).result).toMatchObject({
      content: [{ text: 'eu eu' }],
    })
    expect((await ask(handler, modern('tools/call', { params }))).error.code).toBe(-32020)
  })

  it.each([
    ['elicits', 'elicit', JSON.stringify([{ city: 'From?' }, { city: 'To?' }]), 2],
    ['returns inputRequired', 'return', 'To Where?, by train', 1],
  ])('asks a 2026-07-28 client when it %s', async (_, name, text, rounds) => {
    charged = 0
    const { client, posts } = await connectClient(handler, {
      'elicitation/create': ({ message }) => accept({ city: message }),
    })
    const before = posts.length
    expect(await client.callTool({ name })).toMatchObject({ content: [{ text }] })
    expect(posts.length - before).toBe(rounds + 1)
    expect(charged).toBe(1)
  })

  it.each(['elicit', 'return'])('is refused what the client does not declare (%s)', async (name) => {
    const response = await handler.fetch(modern('tools/call', { params: { name } }))
    expect(response.status).toBe(400)
    expect((await response.json()).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { elicitation: {} } },
    })
  })

  it.each(['elicit', 'return'])('cannot ask a 2025-era client without a session (%s)', async (name) => {
    expect((await ask(handler, legacy('tools/call', { name }))).result).toMatchObject({ isError: true })
  })

  it('is refused a state that is not its own', async () => {
    expect((await caller(handler, { name: 'return' })({ requestState: 'by train' })).error.code).toBe(-32602)
  })
})
