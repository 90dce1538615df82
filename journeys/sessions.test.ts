import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CallToolRequestSchema,
  ElicitRequestSchema,
  ListToolsRequestSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { mcpCors, toNodeHandler } from '@portico-mcp/express'
import { createMcpHonoApp, toHonoHandler } from '@portico-mcp/hono'
import { InMemoryEventStore, type SessionsOptions, sessions } from '@portico-mcp/sessions'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { fromHono } from './testing/listener.ts'
import { openHosts } from './testing/open-hosts.ts'
import { closeServers, listen } from './testing/server.ts'

afterEach(closeServers)

const said = (text: unknown) => ({ content: [{ type: 'text' as const, text: String(text) }] })

async function connect(url: string) {
  const client = new Client({ name: 'ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { name: 'Ann' } }))
  const transport = new StreamableHTTPClientTransport(new URL(url))
  await client.connect(transport)
  return { client, transport }
}

const BOTH = 'application/json, text/event-stream'

/** Posts what a client without a library would. */
const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { accept: BOTH, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}
const ping = { jsonrpc: '2.0', id: 2, method: 'ping' }

async function openSession(url: string): Promise<string> {
  const response = await post(url, initialize)
  await response.body?.cancel()
  return response.headers.get('mcp-session-id')!
}

describe('a low-level server of the SDK behind Express, without a map of transports', () => {
  /** The server of one session, which counts its calls. */
  function createRemoteTools(): Server {
    const server = new Server({ name: 'remote-tools', version: '1.0.0' }, { capabilities: { tools: {} } })
    let calls = 0
    server.setRequestHandler(ListToolsRequestSchema, async () => ({
      tools: [{ name: 'count', inputSchema: { type: 'object' as const } }],
    }))
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
      const progressToken = params._meta?.progressToken
      if (progressToken !== undefined) {
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
      }
      calls += 1
      return said(calls)
    })
    return server
  }

  async function start(options: SessionsOptions = {}, factory = createRemoteTools): Promise<string> {
    const legacy = sessions({ sessionIdGenerator: () => crypto.randomUUID(), ...options })
    const handler = createMcpHandler(factory, { legacy })
    const app = express()
    app.use(express.json())
    app.use('/mcp', mcpCors({ allowedOrigins: ['https://app.example.com'] }))
    app.all('/mcp', toNodeHandler(handler))
    app.get('/health', (_, response) => void response.json({ status: 'ok' }))
    return listen(() => app)
  }

  it('serves clients at once, each with state of its own, in the session that its id names', async () => {
    const url = `${await start()}/mcp`
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(url)))
    expect(new Set(clients.map(({ transport }) => transport.sessionId)).size).toBe(5)
    for (const [index, { client }] of clients.entries()) {
      for (let count = 0; count <= index; count++) await client.callTool({ name: 'count' })
    }
    const counts = await Promise.all(clients.map(({ client }) => client.callTool({ name: 'count' })))
    expect(counts.map(({ content }) => content)).toEqual([2, 3, 4, 5, 6].map((count) => said(count).content))
    for (const { client } of clients) await client.close()
  })

  it('answers in the body, and streams progress before the result', async () => {
    const { client } = await connect(`${await start()}/mcp`)
    const heard: string[] = []
    const onprogress = ({ progress }: { progress: number }) => void heard.push(`progress ${progress}`)
    await client.callTool({ name: 'count' }, undefined, { onprogress })
    expect([...heard, 'result']).toEqual(['progress 1', 'result'])
    expect((await client.listTools()).tools).toHaveLength(1)
    await client.close()
  })

  it('forgets a session that its client ends, and one that is left', async () => {
    const url = `${await start({ idleTimeoutMs: 1000, checkIntervalMs: 10 })}/mcp`
    const [ended, left] = [await openSession(url), await openSession(url)]
    expect((await fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': ended } })).status).toBe(200)
    expect((await post(url, ping, { 'mcp-session-id': ended })).status).toBe(404)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect((await post(url, ping, { 'mcp-session-id': left })).status).toBe(404)
  })

  it('answers 400 to what is bad, 404 to who is unknown, 500 where the server fails', async () => {
    const url = `${await start()}/mcp`
    expect((await post(url, '{')).status).toBe(400)
    expect((await post(url, { no: 'message' })).status).toBe(400)
    expect((await post(url, ping)).status).toBe(400)
    expect((await post(url, ping, { 'mcp-session-id': crypto.randomUUID() })).status).toBe(404)
    const failing = `${await start({}, () => {
      throw new Error('secret')
    })}/mcp`
    const response = await post(failing, initialize)
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret')])
  })

  it('lets the page that it knows read the session id, and has its own path', async () => {
    const origin = await start()
    const response = await post(`${origin}/mcp`, initialize, { origin: 'https://app.example.com' })
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(response.headers.get('access-control-expose-headers')).toContain('Mcp-Session-Id')
    const stranger = await post(`${origin}/mcp`, initialize, { origin: 'https://evil.example' })
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull()
    expect(await (await fetch(`${origin}/health`)).json()).toEqual({ status: 'ok' })
  })

  it('needs no session where its tools keep no state', async () => {
    const app = express().all('/mcp', toNodeHandler(createMcpHandler(createRemoteTools)))
    const response = await post(`${await listen(() => app)}/mcp`, { ...ping, method: 'tools/list' })
    expect(response.headers.get('mcp-session-id')).toBeNull()
    expect((await response.json()).result.tools).toHaveLength(1)
  })
})

describe('routes for a server that is yours', () => {
  const routes = (options: SessionsOptions = {}): McpHttpHandler =>
    createMcpHandler(
      () => {
        const server = new McpServer(
          { name: 'my-server', version: '1.0.0' },
          { capabilities: { resources: { subscribe: true } } },
        )
        const inputSchema = {
          message: z.string().describe('Message to echo'),
          upper: z.boolean().optional().describe('Convert to uppercase'),
        }
        server.registerTool('echo', { description: 'Echo input', inputSchema }, ({ message, upper }) =>
          said(upper ? message.toUpperCase() : message),
        )
        server.registerTool('ask', {}, async () => {
          const requestedSchema = {
            type: 'object' as const,
            properties: { name: { type: 'string' as const } },
          }
          return said((await server.server.elicitInput({ message: 'Who?', requestedSchema })).content?.name)
        })
        server.registerResource('settings', 'config://app/settings', {}, async ({ href }) => ({
          contents: [{ uri: href, text: '{}' }],
        }))
        return server
      },
      { legacy: sessions({ idleTimeoutMs: 30 * 60_000, checkIntervalMs: 5 * 60_000, ...options }) },
    )

  const serveAt = (handler: McpHttpHandler, ...paths: string[]): Promise<string> => {
    const app = new Hono()
    for (const path of paths) app.all(path, toHonoHandler(handler))
    app.get('/health', (context) => context.text('ok'))
    return listen(() => fromHono(app))
  }

  it.each(['/mcp', '/api/v1/mcp'])(
    'are served wherever they are mounted, others beside: %s',
    async (path) => {
      const origin = await serveAt(routes(), path)
      const { client } = await connect(`${origin}${path}`)
      for (const [upper, text] of [
        [undefined, 'Hello'],
        [true, 'HELLO'],
      ] as const) {
        const args = { name: 'echo', arguments: { message: 'Hello', upper } }
        expect((await client.callTool(args)).content).toEqual(said(text).content)
      }
      expect(await (await fetch(`${origin}/health`)).text()).toBe('ok')
      expect((await post(`${origin}/`, ping)).status).toBe(404)
      await client.close()
    },
  )

  it('talk both ways, over each method', async () => {
    const url = `${await serveAt(routes(), '/mcp')}/mcp`
    const { client, transport } = await connect(url)
    const { content } = await client.callTool({ name: 'ask' })
    expect(content).toEqual(said('Ann').content)
    const headers = { 'mcp-session-id': transport.sessionId!, accept: 'text/event-stream' }
    const leaving = new AbortController()
    const stream = await fetch(url, { headers, signal: leaving.signal })
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    leaving.abort()
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200)
    expect((await fetch(url, { headers })).status).toBe(404)
    await client.close()
  })

  it('tell a client of the resource that it subscribed to', async () => {
    const handler = routes()
    const { client } = await connect(`${await serveAt(handler, '/mcp')}/mcp`)
    const updated: string[] = []
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void updated.push(params.uri),
    )
    await client.subscribeResource({ uri: 'config://app/settings' })
    // the stream of a client is open a moment after its handshake
    await vi.waitUntil(() => {
      handler.notify.resourceUpdated('config://app/other')
      handler.notify.resourceUpdated('config://app/settings')
      return updated.length > 0
    })
    expect(new Set(updated)).toEqual(new Set(['config://app/settings']))
    await client.close()
  })

  it('require the session id, and the version where they are told to', async () => {
    const url = `${await serveAt(routes({ requireProtocolVersion: true }), '/mcp')}/mcp`
    const id = { 'mcp-session-id': await openSession(url) }
    const version = { 'mcp-protocol-version': '2025-11-25' }
    for (const [method, headers, status] of [
      ['POST', version, 400],
      ['POST', id, 400],
      ['GET', id, 400],
      ['DELETE', id, 400],
      ['POST', { ...id, ...version }, 200],
    ] as const) {
      const body = method === 'POST' ? JSON.stringify(ping) : null
      const response = await fetch(url, {
        method,
        headers: { accept: BOTH, 'content-type': 'application/json', ...headers },
        body,
      })
      expect([method, headers, response.status]).toEqual([method, headers, status])
    }
  })

  it('end a session whose client is gone, once it has been so for the time that was set', async () => {
    const legacy = { idleTimeoutMs: 150, checkIntervalMs: 10 }
    const url = `${await serveAt(routes(legacy), '/mcp')}/mcp`
    const id = { 'mcp-session-id': await openSession(url) }
    const leaving = new AbortController()
    await fetch(url, { headers: { ...id, accept: 'text/event-stream' }, signal: leaving.signal })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await post(url, ping, id)).status).toBe(200)
    leaving.abort()
    await vi.waitUntil(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      return (await post(url, ping, id)).status === 404
    })
  })

  it('grant pages what a list of origins grants, and refuse the rest', async () => {
    const allowedOrigins = ['https://example.com']
    const app = createMcpHonoApp({ allowedOrigins, cors: { allowedOrigins } })
    app.all('/mcp', toHonoHandler(routes()))
    const url = `${await listen(() => fromHono(app))}/mcp`
    const preflight = (origin: string): Promise<Response> =>
      fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'DELETE' } })
    const { status, headers } = await preflight('https://example.com')
    expect([status, headers.get('access-control-allow-methods')]).toEqual([204, 'GET, POST, DELETE'])
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
    expect((await post(url, initialize, { origin: 'https://evil.example' })).status).toBe(403)
  })
})

describe.each(Object.entries(openHosts))('sessions behind %s', (_, host) => {
  it('ask, announce and end', async () => {
    const legacy = sessions({ eventStore: new InMemoryEventStore() })
    const handler = createMcpHandler(
      () => {
        const server = new McpServer(
          { name: 'hosted', version: '1.0.0' },
          { capabilities: { resources: { subscribe: true } } },
        )
        server.registerTool('ask', {}, async () => {
          const requestedSchema = {
            type: 'object' as const,
            properties: { name: { type: 'string' as const } },
          }
          return said((await server.server.elicitInput({ message: 'Who?', requestedSchema })).content?.name)
        })
        return server
      },
      { legacy },
    )
    const url = `${await listen(() => host(handler))}/mcp`
    const { client, transport } = await connect(url)
    let updates = 0
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, () => void updates++)
    await client.subscribeResource({ uri: 'doc://one' })
    expect((await client.callTool({ name: 'ask' })).content).toEqual(said('Ann').content)
    await vi.waitUntil(() => {
      handler.notify.resourceUpdated('doc://one')
      return updates > 0
    })
    const id = { 'mcp-session-id': transport.sessionId! }
    await transport.terminateSession()
    await client.close()
    expect((await post(url, ping, id)).status).toBe(404)
    expect(legacy.size).toBe(0)
  })
})
