import { inputRequired, McpServer, Server } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../handler.ts'
import type { CreateMcpHandlerOptions } from '../options.ts'
import { accept, answersTo, caller, connectClient } from '../testing/client.ts'
import { ask, legacy, messages, modern } from '../testing/requests.ts'
import type { McpServerLike } from './factory.ts'

const info = { name: 'second', version: '2.0.0' }
const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] })
const requestedSchema = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
const elicit = (message: string) => inputRequired.elicit({ message, requestedSchema })

type Options = ConstructorParameters<typeof McpServer>[1]

function serve(register: (server: McpServer) => void, options?: Options, more?: CreateMcpHandlerOptions) {
  return createMcpHandler(() => {
    const server = new McpServer(info, options)
    register(server)
    return server as unknown as McpServerLike
  }, more)
}

const call = (name: string) => modern('tools/call', { params: { name } })

describe('a 2.x server in 2026-07-28', () => {
  it.each([
    ['an array', z.array(z.number()), [1, 2]],
    ['a number', z.number(), 0],
    ['a text', z.string(), 'word'],
    ['null', z.null(), null],
    ['an object', z.object({ a: z.number() }), { a: 1 }],
  ])('sends structured content that is %s, and its schema, undamaged', async (_, outputSchema, value) => {
    const handler = serve((server) =>
      server.registerTool('out', { outputSchema: outputSchema as never }, async () => ({
        content: [],
        structuredContent: value as never,
      })),
    )
    expect((await ask(handler, call('out'))).result.structuredContent).toEqual(value)
    const [tool] = (await ask(handler, modern('tools/list'))).result.tools
    expect(tool.outputSchema).toMatchObject(z.toJSONSchema(outputSchema))
  })

  it('sends structured content that a low-level handler returns', async () => {
    const handler = createMcpHandler(() => {
      const server = new Server(info, { capabilities: { tools: {} } })
      server.setRequestHandler('tools/list', () => ({
        tools: [{ name: 'zero', inputSchema: { type: 'object' }, outputSchema: { type: 'integer' } }],
      }))
      server.setRequestHandler('tools/call', () => ({ content: [], structuredContent: 0 as never }))
      return server as unknown as McpServerLike
    })
    expect((await ask(handler, call('zero'))).result.structuredContent).toBe(0)
  })

  it('has its cache hints honoured, those of the handler where it has none', async () => {
    const handler = serve(
      (server) => {
        server.registerTool('a', {}, async () => text('a'))
        server.registerPrompt('p', {}, async () => ({ messages: [] }))
        server.registerResource(
          'r',
          'doc://r',
          { cacheHint: { ttlMs: 12_000 } } as never,
          async ({ href }) => ({
            contents: [{ uri: href, text: 'r' }],
          }),
        )
      },
      {
        cacheHints: {
          'tools/list': { ttlMs: 60_000, cacheScope: 'public' },
          'server/discover': { ttlMs: 5000, cacheScope: 'public' },
        },
      },
      { cacheHints: { 'tools/list': { ttlMs: 1 }, 'prompts/list': { ttlMs: 7 } } },
    )
    const hintOf = async (method: string, params = {}) => {
      const { ttlMs, cacheScope } = (await ask(handler, modern(method, { params }))).result
      return [ttlMs, cacheScope]
    }
    expect(await hintOf('tools/list')).toEqual([60_000, 'public'])
    expect(await hintOf('server/discover')).toEqual([5000, 'public'])
    expect(await hintOf('resources/read', { uri: 'doc://r' })).toEqual([12_000, 'private'])
    expect(await hintOf('prompts/list')).toEqual([7, 'private'])
    expect(await hintOf('resources/list')).toEqual([0, 'private'])
  })

  /** A tool that asks three questions, one after the other, and keeps in its state how far it is. */
  const threeQuestions = (seen: (state: unknown) => void, options?: Options) =>
    serve(
      (server) =>
        server.registerTool('trip', {}, async ({ mcpReq }) => {
          const state = mcpReq.requestState<string>()
          seen(state)
          const step = Number(state ?? 0) + 1
          if (step > 3) return text(Object.keys(mcpReq.inputResponses ?? {}).join())
          return inputRequired({
            inputRequests: { [`city-${step}`]: elicit(`City ${step}?`) },
            requestState: String(step),
          })
        }),
      options,
      { requestState: { keys: ['k'.repeat(32)] } },
    )

  it('runs a handler that returns its questions once a round, with its own state', async () => {
    const seen = vi.fn()
    const { client, posts } = await connectClient(threeQuestions(seen), {
      'elicitation/create': ({ message }) => accept({ city: message }),
    })
    const before = posts.length
    expect(await client.callTool({ name: 'trip' })).toMatchObject({ content: [{ text: 'city-3' }] })
    expect(seen.mock.calls).toEqual([[undefined], ['1'], ['2'], ['3']])
    expect(posts.length - before).toBe(4)
  })

  it('asks under the keys of the handler, and seals its state', async () => {
    const next = caller(
      threeQuestions(() => {}),
      { name: 'trip' },
    )
    const { result } = await next()
    expect(Object.keys(result.inputRequests)).toEqual(['city-1'])
    expect(result.requestState).not.toBe('1')
    const inputResponses = answersTo(result, () => accept({ city: 'Rome' }))
    expect((await next({ inputResponses, requestState: '1' })).error.code).toBe(-32602)
    expect(
      (await next({ inputResponses, requestState: result.requestState })).result.inputRequests,
    ).toHaveProperty('city-2')
  })

  it('has a state of its own verified by its own hook', async () => {
    const verify = vi.fn()
    const { client } = await connectClient(
      threeQuestions(() => {}, { requestState: { verify } }),
      {
        'elicitation/create': ({ message }) => accept({ city: message }),
      },
    )
    await client.callTool({ name: 'trip' })
    expect(verify.mock.calls.map(([state]) => state)).toEqual(['1', '2', '3'])
  })

  it('asks more often than the SDK does for 2025-era clients', async () => {
    const handler = serve(
      (server) =>
        server.registerTool('many', {}, async ({ mcpReq }) => {
          const count = Number(mcpReq.requestState() ?? 0)
          if (count === 9) return text('enough')
          return inputRequired({ inputRequests: { more: elicit('More?') }, requestState: String(count + 1) })
        }),
      undefined,
      { requestState: { keys: ['k'.repeat(32)] } },
    )
    const next = caller(handler, { name: 'many' })
    let { result } = await next()
    for (let round = 0; round < 9; round++) {
      const inputResponses = answersTo(result, () => accept({}))
      ;({ result } = await next({ inputResponses, requestState: result.requestState }))
    }
    expect(result.content).toEqual([{ type: 'text', text: 'enough' }])
  })

  it.each([
    [
      'elicits',
      async (server: McpServer) =>
        (await server.server.elicitInput({ message: 'Where?', requestedSchema })).content?.city,
    ],
    ['asks for roots', async (server: McpServer) => (await server.server.listRoots()).roots[0]?.uri],
    [
      'samples',
      async (server: McpServer) => {
        const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'Hi' } }]
        const { content } = await server.server.createMessage({ messages, maxTokens: 5 })
        return (content as { text: string }).text
      },
    ],
  ])('may ask as a 2025-era server does, too: it %s', async (_, question) => {
    const handler = serve((server) =>
      server.registerTool('ask', {}, async () => text(await question(server))),
    )
    const { client } = await connectClient(handler, {
      'elicitation/create': [accept({ city: 'said' })],
      'roots/list': [{ roots: [{ uri: 'file:///said' }] }],
      'sampling/createMessage': [{ role: 'assistant', model: 'm', content: { type: 'text', text: 'said' } }],
    })
    const { content } = await client.callTool({ name: 'ask' })
    expect(JSON.stringify(content)).toContain('said')
  })

  it('knows the revision, its client, the request and the identity', async () => {
    const handler = serve((server) =>
      server.registerTool('who', {}, async ({ mcpReq, http }) =>
        text(
          JSON.stringify([
            server.server.getNegotiatedProtocolVersion(),
            server.server.getClientCapabilities(),
            mcpReq.envelope?.['io.modelcontextprotocol/protocolVersion'],
            http?.req?.headers.get('mcp-method'),
            http?.authInfo?.clientId,
          ]),
        ),
      ),
    )
    const authInfo = { token: 't', clientId: 'client', scopes: [] }
    const { result } = await ask(handler, call('who'), { authInfo })
    expect(JSON.parse(result.content[0].text)).toEqual([
      '2026-07-28',
      {},
      '2026-07-28',
      'tools/call',
      'client',
    ])
  })

  it('logs from the level that was asked for, and reports progress', async () => {
    const handler = serve(
      (server) =>
        server.registerTool('work', {}, async ({ mcpReq }) => {
          await mcpReq.log('debug', 'quiet')
          await mcpReq.log('error', 'loud')
          const progressToken = mcpReq._meta?.progressToken as string
          await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
          return text('done')
        }),
      { capabilities: { logging: {} } },
    )
    const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'warning' }
    const response = await handler.fetch(modern('tools/call', { params: { name: 'work' }, meta }))
    const sent = (await messages(response)) as any[]
    expect(sent.map(({ method, params }) => params?.data ?? method)).toEqual([
      'loud',
      'notifications/progress',
      undefined,
    ])
  })

  it('is refused what the client does not declare, and an unknown tool by its code', async () => {
    const handler = threeQuestions(() => {})
    const refused = await handler.fetch(call('trip'))
    expect([refused.status, (await refused.json()).error.code]).toEqual([400, -32021])
    expect((await ask(handler, call('none'))).error.code).toBe(-32602)
  })

  it('announces changes to those who listen', async () => {
    const published = vi.fn()
    const handler = serve((server) =>
      server.registerTool('change', {}, async () => {
        server.sendToolListChanged()
        return text('changed')
      }),
    )
    handler.bus.subscribe(published)
    await ask(handler, call('change'))
    await vi.waitFor(() =>
      expect(published).toHaveBeenCalledWith(expect.objectContaining({ kind: 'tools_list_changed' })),
    )
  })

  it('goes on as ever in the 2025 era', async () => {
    const handler = serve((server) =>
      server.registerTool('version', {}, async () => text(server.server.getNegotiatedProtocolVersion())),
    )
    const { result } = await ask(
      handler,
      legacy('tools/call', { name: 'version' }, { 'mcp-protocol-version': '2025-06-18' }),
    )
    expect(result.content).toEqual([{ type: 'text', text: '2025-06-18' }])
  })
})
