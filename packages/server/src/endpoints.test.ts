import { Server } from 'node:net'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { InMemorySessionStore } from '@portico-mcp/sessions'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { call, definition, initialize, keepLines, post, postRaw, rpc, serve } from './testing/serve.ts'

const get = (url: string, path: string, init?: RequestInit) => fetch(new URL(path, url), init)

describe('a server', () => {
  it('listens on this machine alone, and says where', async () => {
    const { listener, port, url } = await serve()
    expect(listener.address()).toMatchObject({ address: '127.0.0.1', port })
    expect(url).toBe(`http://127.0.0.1:${port}/mcp`)
  })

  it('serves what setup registers, and an id for each request', async () => {
    const { url } = await serve()
    const answers = await Promise.all([call(url, 'echo'), call(url, 'echo')])
    expect(await answers[0]!.json()).toMatchObject({ result: { content: [{ type: 'text' }] } })
    const ids = answers.map(({ headers }) => headers.get('x-request-id'))
    expect(ids[0]).toMatch(/^[\da-f-]{36}$/)
    expect(ids[1]).not.toBe(ids[0])
  })

  it('says of itself what its definition says', async () => {
    const { url } = await serve({ name: 'told', version: '9', title: 'Told', instructions: 'Ask nicely' })
    const { result } = (await (await post(url, initialize)).json()) as any
    expect(result).toMatchObject({
      serverInfo: { name: 'told', version: '9', title: 'Told' },
      instructions: 'Ask nicely',
    })
  })

  it('serves at paths of its own, with and without a trailing slash', async () => {
    const { url } = await serve(undefined, { path: '/api/mcp/', aliases: ['/'] })
    expect(new URL(url).pathname).toBe('/api/mcp')
    const statuses = ['/api/mcp', '/api/mcp/', '/', '/mcp'].map(async (path) => {
      const { status } = await post(new URL(path, url).href)
      return [path, status]
    })
    expect(await Promise.all(statuses)).toEqual([
      ['/api/mcp', 200],
      ['/api/mcp/', 200],
      ['/', 200],
      ['/mcp', 404],
    ])
  })

  it('serves a handler that is complete, and closes it', async () => {
    const handler = createMcpHandler(() => new McpServer({ name: 'own', version: '1' }))
    const { url, close, notify } = await serve(handler)
    expect((await post(url)).status).toBe(200)
    expect(await (await get(url, '/health')).json()).toMatchObject({ mode: 'custom' })
    expect(notify).toBe(handler.notify)
    await close()
    await expect(handler.fetch(new Request(url))).rejects.toMatchObject({ reason: 'closed' })
  })

  it('builds a server for each request, and closes it', async () => {
    let built = 0
    let closed = 0
    const { url } = await serve(() => {
      built++
      const server = new McpServer({ name: 'counted', version: '1' })
      const { close } = server
      server.close = async () => {
        closed++
        await close.call(server)
      }
      return server
    })
    await Promise.all(Array.from({ length: 21 }, () => post(url)))
    expect([built, closed]).toEqual([22, 22])
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no database')), 'no database'],
    ['returns no server', () => ({}) as never, 'must return a server'],
  ])('does not listen where its factory %s', async (_, factory, message) => {
    await expect(serve(factory)).rejects.toThrow(message)
  })

  it('closes when its listener does', async () => {
    const { listener, url } = await serve()
    await new Promise((closed) => listener.close(closed))
    await expect(post(url)).rejects.toThrow()
  })
})

describe('GET /health', () => {
  it('tells how a stateless server is', async () => {
    const { url } = await serve()
    const response = await get(url, '/health')
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await response.json()).toEqual({
      status: 'ok',
      mode: 'stateless',
      activeSessions: 0,
      uptime: expect.any(Number),
    })
  })

  it('counts sessions', async () => {
    const { url } = await serve(undefined, { stateless: false })
    await post(url, initialize)
    await post(url, initialize)
    expect(await (await get(url, '/health')).json()).toMatchObject({ mode: 'stateful', activeSessions: 2 })
  })

  it('answers HEAD, and refuses other methods', async () => {
    const { url } = await serve()
    const head = await get(url, '/health', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const refused = await get(url, '/ready', { method: 'POST' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})

describe('the endpoint', () => {
  it('has neither GET nor DELETE where it is stateless', async () => {
    const { url } = await serve()
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(url, { method, headers: { authorization: 'Bearer x' } })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
      expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 } })
    }
  })

  it('has sessions where it is not: POST opens, GET listens, DELETE ends', async () => {
    const { url } = await serve(undefined, { stateless: false })
    const opened = await post(url, initialize)
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id')! }
    const stream = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' } })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    await stream.body!.cancel()
    expect((await post(url, rpc('ping'), headers)).status).toBe(200)
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200)
    const gone = await post(url, rpc('ping'), headers)
    expect([gone.status, ((await gone.json()) as any).error.code]).toEqual([404, -32001])
  })

  it('ends sessions that nobody uses', async () => {
    const { url } = await serve(undefined, { stateless: false, sessionTimeout: 50 })
    const opened = await post(url, initialize)
    expect(opened.headers.get('mcp-session-id')).toBeTruthy()
    const active = async () => ((await (await get(url, '/health')).json()) as any).activeSessions
    await expect.poll(active).toBe(0)
  })

  it('ends sessions when the lifetime of their store says so', async () => {
    const sessionStore = new InMemorySessionStore({ ttlMs: 50 })
    const { url } = await serve(undefined, { stateless: false, sessionStore })
    await post(url, initialize)
    const active = async () => ((await (await get(url, '/health')).json()) as any).activeSessions
    await expect.poll(active).toBe(0)
  })

  it('refuses requests of a session without the version header, where that is required', async () => {
    const { url } = await serve(undefined, { stateless: false, requireProtocolVersion: true })
    const opened = await post(url, initialize)
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id')! }
    expect((await post(url, rpc('ping'), { ...headers, 'mcp-protocol-version': '2025-11-25' })).status).toBe(
      200,
    )
    expect((await post(url, rpc('ping'), headers)).status).toBe(400)
  })

  it('refuses what is no JSON in JSON-RPC, with a token or without', async () => {
    const { url } = await serve()
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', authorization: 'Bearer x' },
      body: 'hello',
    })
    expect([response.status, ((await response.json()) as any).error.code]).toEqual([415, -32600])
  })

  it('takes bodies up to its limit', async () => {
    const { url } = await serve(undefined, { maxRequestBodySize: 1000 })
    const big = rpc('ping', { text: 'x'.repeat(2000) })
    expect((await post(url, big)).status).toBe(413)
  })
})

describe('whatever else is asked for', () => {
  it('is not there, and the answer says what is', async () => {
    const { url } = await serve()
    for (const path of ['/metrics', '/.well-known/oauth-protected-resource', '/elsewhere', '/__proto__']) {
      const response = await get(url, path)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error_description: 'MCP is served at /mcp' })
    }
  })
})

describe('on this machine', () => {
  it('serves its own hosts and pages only, also to probes', async () => {
    const { url } = await serve()
    expect((await postRaw(url, { host: 'localhost' })).status).toBe(200)
    expect((await postRaw(url, { origin: 'http://localhost:5173' })).status).toBe(200)
    for (const headers of [{ host: 'evil.example' }, { origin: 'https://evil.example' }]) {
      expect(await postRaw(url, headers)).toMatchObject({ status: 403, json: { error: { code: -32600 } } })
    }
    const probe = await postRaw(new URL('/health', url).href, { host: 'evil.example' }, { method: 'GET' })
    expect(probe.status).toBe(403)
  })

  it('serves the host and the pages of its public URL', async () => {
    const { url } = await serve(undefined, { publicUrl: 'https://mcp.example.com' })
    const headers = { host: 'mcp.example.com', origin: 'https://mcp.example.com' }
    expect((await postRaw(url, headers)).status).toBe(200)
    expect((await postRaw(url, { host: 'other.example.com' })).status).toBe(403)
  })
})

describe('elsewhere', () => {
  // which is still this machine: tests are nobody else's to call
  beforeEach(() => {
    const { listen } = Server.prototype
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, port) {
      return listen.call(this, port as number, '127.0.0.1')
    })
  })
  afterEach(() => vi.restoreAllMocks())

  const everywhere = { host: '0.0.0.0', dashboard: false }

  it('serves any host with a warning, and no page of another', async () => {
    const { lines, logger } = keepLines()
    const { url } = await serve(undefined, { ...everywhere, logger })
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: /^Any Host is served: .*allowedHosts/ },
      { message: /^Anyone who reaches this address may call: set auth/ },
    ])
    expect(new URL(url).hostname).toBe('127.0.0.1')
    expect((await postRaw(url, { host: 'any.example' })).status).toBe(200)
    expect((await postRaw(url, { host: 'any.example', origin: 'http://any.example' })).status).toBe(403)
  })

  it.each([
    ['auth', { auth: { verifier: { verifyAccessToken: async () => Promise.reject(new Error()) } } }, 0],
    ['a public URL alone', {}, 1],
    ['hosts that it lists', { allowedHosts: ['mcp.example.com'] }, 0],
  ])('warns that anyone may call with neither auth nor hosts: %s', async (_, options, count) => {
    const { lines, logger } = keepLines()
    await serve(undefined, { ...everywhere, publicUrl: 'https://mcp.example.com', ...options, logger })
    expect(lines.filter(({ message }) => message.startsWith('Anyone'))).toHaveLength(count)
  })

  it('serves the hosts that it lists, and probes under any', async () => {
    const { lines, logger } = keepLines()
    const { url } = await serve(undefined, { ...everywhere, allowedHosts: ['mcp.example.com'], logger })
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([])
    expect((await postRaw(url, { host: 'mcp.example.com' })).status).toBe(200)
    expect((await postRaw(url, { host: '10.0.0.7' })).status).toBe(403)
    for (const path of ['/health', '/ready']) {
      const probe = await postRaw(new URL(path, url).href, { host: '10.0.0.7' }, { method: 'GET' })
      expect(probe.status).toBe(200)
    }
  })
})

describe('cors', () => {
  const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' }

  it('is off by default', async () => {
    const { url } = await serve()
    const { headers } = await post(url)
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('lets every page call where it is true, without credentials, and warns', async () => {
    const { lines, logger } = keepLines()
    const { url } = await serve(undefined, { cors: true, logger })
    expect(lines.some(({ message }) => message.includes('cors.origin'))).toBe(true)
    const { status, headers } = await fetch(url, { method: 'OPTIONS', headers: preflight })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect(headers.get('access-control-allow-headers')).toMatch(/Mcp-Method, Mcp-Name.*Last-Event-ID/)
    expect(headers.get('access-control-max-age')).toBe('86400')
    const called = await post(url, rpc('ping'), { origin: 'https://app.example.com' })
    expect([called.status, called.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    expect(called.headers.get('access-control-allow-credentials')).toBeNull()
    expect(called.headers.get('access-control-expose-headers')).toMatch(/WWW-Authenticate.*X-Request-Id/)
    expect((await postRaw(url, { host: 'evil.example' })).status).toBe(403)
  })

  it('lets the pages call that are listed', async () => {
    const cors = { origin: ['https://example.com', 'https://app.example.com'], credentials: true }
    const { url } = await serve(undefined, { cors })
    const { headers } = await post(url, rpc('ping'), { origin: 'https://app.example.com' })
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.com')
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect((await post(url, rpc('ping'), { origin: 'https://evil.example' })).status).toBe(403)
  })

  it('leaves it to allowedOrigins who may call, where that is given', async () => {
    const { url } = await serve(undefined, { cors: true, allowedOrigins: ['https://app.example.com'] })
    expect((await post(url, rpc('ping'), { origin: 'https://app.example.com' })).status).toBe(200)
    expect((await post(url, rpc('ping'), { origin: 'https://evil.example' })).status).toBe(403)
  })
})

describe('a proxy', () => {
  it('says under which URL it was called, where it is trusted', async () => {
    const options = { publicUrl: 'https://mcp.example.com', trustProxy: ['127.0.0.1'] }
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'mcp.example.com' }
    const seen = async (url: string) =>
      JSON.parse(((await (await call(url, 'echo', forwarded)).json()) as any).result.content[0].text).url
    expect(await seen((await serve(undefined, options)).url)).toBe('https://mcp.example.com/mcp')
    const { url } = await serve(definition())
    expect(await seen(url)).toBe(url)
  })

  it('names requests, where it is trusted', async () => {
    const named = { 'x-request-id': 'from-the-proxy' }
    const idAt = async (url: string, headers: Record<string, string>) =>
      (await post(url, rpc('ping'), headers)).headers.get('x-request-id')
    const { url } = await serve(undefined, { trustProxy: 1 })
    expect(await idAt(url, named)).toBe('from-the-proxy')
    expect(await idAt(url, { 'x-request-id': 'a b' })).not.toBe('a b')
    expect(await idAt((await serve()).url, named)).not.toBe('from-the-proxy')
  })
})

describe('a rate limit', () => {
  it('refuses what is too much, and nothing without one', async () => {
    const { url } = await serve(undefined, { rateLimit: { capacity: 2, refillPerSecond: 0.001 } })
    const statuses = [await post(url), await post(url), await post(url)].map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 429])
    expect((await get(url, '/health')).status).toBe(200)
  })
})
