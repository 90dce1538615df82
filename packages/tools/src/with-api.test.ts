import { createMcpHandler, McpServer, Refusal } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  apiCall,
  createGatedToolRegistrar,
  registerToolFromSchema,
  type WithApiOptions,
  withApi,
} from './index.ts'
import { closeServers, json, listen, startApi, startSilence } from './testing/api.ts'
import { callTool } from './testing/call-tool.ts'
import { connect, connectTo, createToolHandler, pairs, readText } from './testing/clients.ts'

afterEach(closeServers)

const asks = (server: McpServer) =>
  server.registerTool('ask', { description: 'Asks' }, async () => ({
    content: [{ type: 'text', text: JSON.stringify(await apiCall('GET', '/me')) }],
  }))

const toCaller: Pick<WithApiOptions, 'getApiHeaders'> = {
  getApiHeaders: ({ headers }) => ({ authorization: headers.get('authorization') ?? undefined }),
}

describe.each(pairs)('on the server class of %s, for clients of %s', (server, client) => {
  it('keeps callers apart, however many call at once', async () => {
    const api = await startApi(({ headers }) => json(headers.authorization ?? 'nobody'))
    const handler = withApi(
      createToolHandler(server, (server) => asks(server as McpServer)),
      { apiBaseUrl: api.origin, ...toCaller },
    )
    const url = `${await listen(toNodeHandler(handler))}/mcp`
    const callers = ['ann', 'bob', 'eve', undefined]
    const answers = await Promise.all(
      callers.map(async (who) => {
        const connected = await connectTo(url, client, who ? { authorization: who } : {})
        const results = await Promise.all([1, 2, 3].map(() => connected.callTool('ask')))
        return results.map((result) => readText(result))
      }),
    )
    expect(answers).toEqual(callers.map((who) => Array(3).fill(JSON.stringify(who ?? 'nobody'))))
  })
})

const notes = (register: (server: McpServer) => unknown) =>
  createMcpHandler(() => {
    const server = new McpServer({ name: 's', version: '1' })
    register(server)
    return server
  })

describe('a handler', () => {
  it('keeps its other members', () => {
    const handler = notes(asks)
    expect(withApi(handler, {}).notify).toBe(handler.notify)
  })

  it('whose headers cannot be had answers 500, and says no more', async () => {
    const onerror = vi.fn()
    const getApiHeaders = async () => {
      throw new Error('The vault is closed')
    }
    const response = await withApi(notes(asks), { getApiHeaders, onerror }).fetch(
      new Request('http://localhost/mcp'),
    )
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: { code: -32603, message: 'Internal error' } })
    expect(onerror).toHaveBeenCalledWith(new Error('The vault is closed'))
  })

  it('whose headers are refused answers as told', async () => {
    const getApiHeaders = () => {
      throw new Refusal('invalid-request', 'Which tenant?')
    }
    const response = await withApi(notes(asks), { getApiHeaders }).fetch(new Request('http://localhost/mcp'))
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message: 'Which tenant?' } },
    ])
  })

  it('asks for headers once a request, of what calls them many', async () => {
    const api = await startApi()
    const getApiHeaders = vi.fn(() => ({ 'x-a': 'b' }))
    const twice = notes((server) =>
      server.registerTool('twice', {}, async () => {
        await Promise.all([apiCall('GET', '/1'), apiCall('GET', '/2')])
        return { content: [] }
      }),
    )
    await callTool(withApi(twice, { apiBaseUrl: api.origin, getApiHeaders }), 'twice')
    expect(getApiHeaders).toHaveBeenCalledTimes(1)
    expect(api.received.map(({ headers }) => headers['x-a'])).toEqual(['b', 'b'])
  })

  it.each<[WithApiOptions, string | undefined]>([
    [{ getApiHeaders: () => ({}) }, 'getApiHeaders'],
    [{ getApiHeaders: () => ({}), headerOrigins: [] }, 'getApiHeaders'],
    [{ getApiQuery: () => ({}) }, 'getApiQuery'],
    [{ getApiHeaders: () => ({}), headerOrigins: ['https://a.example'] }, undefined],
    [{ getApiHeaders: () => ({}), apiBaseUrl: 'https://a.example' }, undefined],
    [{}, undefined],
  ])('warns of what reaches no call: %j', (options, name) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    withApi(notes(asks), options)
    const words = name && `withApi: ${name} reaches no apiCall without apiBaseUrl or headerOrigins`
    expect(warn.mock.calls).toEqual(words ? [[words]] : [])
    warn.mockRestore()
  })

  it('gives calls query parameters, of the caller and to its API alone', async () => {
    const [api, other] = [await startApi(), await startApi()]
    const handler = notes((server) =>
      server.registerTool('both', {}, async () => {
        await apiCall('GET', '/x?a=1')
        await apiCall('GET', other.origin)
        return { content: [] }
      }),
    )
    const getApiQuery = ({ headers }: Request) => ({ key: headers.get('x-key') ?? undefined, a: 2 })
    await callTool(withApi(handler, { apiBaseUrl: api.origin, getApiQuery }), 'both', {}, { 'x-key': 'k&' })
    expect([api.last().url, other.last().url]).toEqual(['/x?a=1&key=k%26', '/'])
  })

  it('is not made for what is no URL', () => {
    expect(() => withApi(notes(asks), { apiBaseUrl: '/api' })).toThrow(TypeError)
    expect(() => withApi(notes(asks), { headerOrigins: ['x'] })).toThrow(TypeError)
  })
})

describe('a call that nobody waits for any more', () => {
  it('ends, when the client has gone', async () => {
    const silence = await startSilence()
    const url = await listen(toNodeHandler(withApi(notes(asks), { apiBaseUrl: silence.origin })))
    const controller = new AbortController()
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'ask' } })
    const headers = { 'content-type': 'application/json' }
    const call = fetch(url, { method: 'POST', headers, body, signal: controller.signal })
    await silence.whenArrived
    controller.abort()
    await expect(call).rejects.toThrow()
    await silence.whenLeft
  })

  it('ends, when the time of the request is over', async () => {
    const silence = await startSilence()
    const handler = createMcpHandler(
      () => {
        const server = new McpServer({ name: 's', version: '1' })
        asks(server)
        return server
      },
      { requestTimeoutMs: 200 },
    )
    const answer = callTool(withApi(handler, { apiBaseUrl: silence.origin }), 'ask')
    await silence.whenLeft
    expect(await answer).toBeUndefined()
  })

  const tools: [string, (server: McpServer, call: () => Promise<unknown>) => unknown][] = [
    [
      'JSON Schema',
      (server, call) =>
        registerToolFromSchema(server, {
          name: 'ask',
          handler: async () => {
            await call()
            return { content: [] }
          },
        }),
    ],
    [
      'gates',
      (server, method) =>
        createGatedToolRegistrar({ server, resolveIdentity: () => ({ userId: 'ann' }) }).register({
          name: 'ask',
          description: 'Asks',
          method,
        }),
    ],
  ]

  it.each(tools)('ends with the call of a tool of %s, when its time is over', async (_, register) => {
    const silence = await startSilence()
    const handler = createMcpHandler(
      () => {
        const server = new McpServer({ name: 's', version: '1' })
        register(server, () => apiCall('GET', silence.origin))
        return server
      },
      { requestTimeoutMs: 200 },
    )
    const answer = callTool(handler, 'ask')
    await silence.whenLeft
    expect(await answer).toBeUndefined()
  })
})

it('stands in front of every adapter', async () => {
  const api = await startApi(() => json('hello'))
  const connected = await connect(withApi(notes(asks), { apiBaseUrl: api.origin }), '2.x, 2026-07-28')
  expect(readText(await connected.callTool('ask'))).toBe('"hello"')
})

it('takes no binding of a Worker for an option', async () => {
  const fetch = vi.fn(async (_: Request, __?: object) => new Response('{}'))
  const { fetch: serve } = withApi({ fetch }, { apiBaseUrl: 'https://api.example.com' })
  const called = serve as (...args: unknown[]) => Promise<Response>
  await called(new Request('http://localhost/mcp'), { streaming: false }, { waitUntil: () => {} })
  await called(new Request('http://localhost/mcp'), { streaming: false })
  expect(fetch.mock.calls.map(([, options]) => options)).toEqual([{}, { streaming: false }])
})
