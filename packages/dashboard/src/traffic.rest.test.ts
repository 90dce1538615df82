import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import { staticVerifier, withAuth } from '@portico-mcp/auth'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { withDashboard as closed, type DashboardOptions } from './index.ts'
import { ask, call, createDesk, ORIGIN, opened, post, recorded, visit } from './testing/requests.ts'

const withOpenDashboard = <H extends FetchHandler>(handler: H, options?: DashboardOptions) =>
  opened(closed(handler, options))
const serve = (options?: DashboardOptions) => withOpenDashboard(createDesk(), options)

const answering = (make: (request: Request) => Response | Promise<Response>): FetchHandler => ({
  fetch: async (request) => make(request),
})

const json = (value: unknown) =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' } })

describe('what is recorded', () => {
  it('of a call: its request, response, status and duration', async () => {
    const { fetch } = serve()
    await (await fetch(post(call('say', { text: 'hello' }), { 'user-agent': 'ann' }))).text()
    const [exchange] = await recorded({ fetch })
    expect(exchange).toMatchObject({
      id: 1,
      method: 'POST',
      path: '/mcp',
      headers: { 'user-agent': 'ann', 'content-type': 'application/json' },
      status: 200,
      outcome: 'done',
      durationMs: expect.any(Number),
      responseHeaders: { 'content-type': 'application/json' },
    })
    expect(JSON.parse(exchange!.request.text)).toEqual(call('say', { text: 'hello' }))
    expect(JSON.parse(exchange!.response.text)).toMatchObject({ result: { content: [{ text: 'hello' }] } })
  })

  it('of a body that a framework has parsed', async () => {
    const { fetch } = serve()
    const request = post('')
    await (await fetch(request, { parsedBody: call('say', { text: 'hello' }) })).text()
    expect((await recorded({ fetch }))[0]!.request.text).toContain('"hello"')
  })

  it('of a body without a length', async () => {
    const { fetch } = serve()
    const request = post(call('say', { text: 'chunked' }))
    request.headers.delete('content-length')
    expect((await fetch(request)).status).toBe(200)
    expect((await recorded({ fetch }))[0]!.request.text).toContain('"chunked"')
  })

  it.each<[string, (request: Request) => Promise<unknown>]>([
    ['text', (request) => request.text()],
    ['json', (request) => request.json()],
    ['arrayBuffer', (request) => request.arrayBuffer()],
    ['body', (request) => new Response(request.body).text()],
  ])('of a body that is read by %s, once', async (_, read) => {
    let body: unknown
    const { fetch } = withOpenDashboard(
      answering(async (request) => {
        body = await read(request)
        expect(request.bodyUsed).toBe(true)
        return json({})
      }),
    )
    await fetch(post({ read: 'me' }))
    expect((await recorded({ fetch }))[0]!.request.text).toBe('{"read":"me"}')
    expect(body).toBeDefined()
  })

  it('of a refusal by what stands between', async () => {
    const verifier = staticVerifier({ secret: { clientId: 'ann', scopes: [] } })
    const { fetch } = withOpenDashboard(
      withAuth(createDesk(), { resourceServerUrl: `${ORIGIN}/mcp`, verifier }),
    )
    await (await fetch(post(call('say')))).text()
    expect((await recorded({ fetch }))[0]).toMatchObject({
      status: 401,
      outcome: 'done',
      responseHeaders: { 'www-authenticate': expect.stringContaining('Bearer') },
    })
  })

  it('of a handler that throws: that it broke', async () => {
    const { fetch } = withOpenDashboard(answering(() => Promise.reject(new Error('broke'))))
    await expect(fetch(post({}))).rejects.toThrow('broke')
    expect((await recorded({ fetch }))[0]).toMatchObject({ outcome: 'broken' })
  })

  it('of metadata: no bodies, no query', async () => {
    const { fetch } = withOpenDashboard(answering(() => json({ access_token: 'hunter2' })))
    const path = '/.well-known/oauth-protected-resource/mcp'
    await (await fetch(visit(`${path}?code=hunter2`))).text()
    const exchanges = await recorded({ fetch })
    expect(exchanges[0]).toMatchObject({ path, status: 200, outcome: 'done', response: { text: '' } })
    expect(JSON.stringify(exchanges)).not.toContain('hunter2')
  })

  it('of anything else: nothing', async () => {
    const { fetch } = withOpenDashboard(answering(() => json({})))
    await fetch(post({ password: 'hunter2' }, {}, '/token'))
    await fetch(visit('/health'))
    expect(await recorded({ fetch })).toEqual([])
  })

  it('of the page and its API: nothing', async () => {
    const { fetch } = serve()
    await fetch(visit('/'))
    await fetch(visit('/_dashboard/page.js'))
    expect(await recorded({ fetch })).toEqual([])
  })

  it('is forgotten when somebody says so', async () => {
    const { fetch } = serve()
    await fetch(post(call('say')))
    await fetch(ask('/traffic', { method: 'DELETE' }))
    expect(await recorded({ fetch })).toEqual([])
  })
})

describe('secrets', () => {
  it('in headers are not even read', async () => {
    const { fetch } = serve()
    const secrets = {
      authorization: 'Bearer hunter2hunter2',
      cookie: 'login=hunter2',
      'x-api-key': 'hunter2',
      'mcp-session-id': 'hunter2',
    }
    await fetch(post(call('say'), secrets))
    const exchanges = await recorded({ fetch })
    expect(exchanges[0]).toMatchObject({
      headers: { authorization: '[redacted]', cookie: '[redacted]', 'mcp-session-id': '[redacted]' },
      session: expect.stringMatching(/^[\da-f]{12}$/),
    })
    expect(JSON.stringify(exchanges)).not.toContain('hunter2')
  })

  it.each<[string, object]>([
    ['a password', { password: 'hunter2' }],
    ['a token', { access_token: 'hunter2', refreshToken: 'hunter2', token: 'hunter2' }],
    ['a key', { api_key: 'hunter2', 'x-api-key': 'hunter2', apiKey: 'hunter2', API_KEY: 'hunter2' }],
    ['a client secret, deep inside', { a: [{ client_secret: 'hun\\"ter2 hunter2' }] }],
    ['a bearer token in a text', { text: 'curl -H "Authorization: Bearer hunter2hunter2"' }],
    ['JSON in a text', { text: JSON.stringify({ password: 'hunter2' }) }],
    ['a JWT', { text: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2' }],
  ])('in bodies are redacted: %s', async (_, args) => {
    const { fetch } = withOpenDashboard(answering(async (request) => json(await request.json())))
    await (await fetch(post(call('say', args)))).text()
    const exchanges = await recorded({ fetch })
    expect(exchanges[0]!.request.text).toContain('[redacted]')
    expect(JSON.stringify(exchanges)).not.toContain('hunter2')
    expect(exchanges[0]!.response.text).toContain('[redacted]')
  })

  it('are not what only sounds like one', async () => {
    const { fetch } = serve()
    await fetch(post(call('say', { text: 'the token is in the box', monkey: 'george' })))
    const [exchange] = await recorded({ fetch })
    expect(exchange!.request.text).toBe(
      JSON.stringify(call('say', { text: 'the token is in the box', monkey: 'george' })),
    )
  })

  it.each(['"', '\\"a', '-eyJ', '"a":"\\', 'Bearer ', '\\"a\\":\\"'])(
    'of a hostile body are found in time: %s',
    async (piece) => {
      const { fetch } = serve()
      for (let time = 0; time < 20; time++) await fetch(post(piece.repeat(60_000 / piece.length)))
      expect(await recorded({ fetch })).toHaveLength(20)
    },
  )
})

describe('the room that recordings take', () => {
  it('is bounded in number', async () => {
    const { fetch } = serve({ maxRecords: 3 })
    for (let time = 0; time < 10; time++) await fetch(post(call('say')))
    expect((await recorded({ fetch })).map(({ id }) => id)).toEqual([8, 9, 10])
  })

  it('is bounded a body', async () => {
    const { fetch } = serve({ maxRecordedBodyLength: 100 })
    await (await fetch(post(call('say', { text: 'é'.repeat(5000) })))).text()
    const [exchange] = await recorded({ fetch })
    for (const body of [exchange!.request, exchange!.response]) {
      expect(body.text.length).toBeLessThanOrEqual(100)
      expect(body).toMatchObject({ isCut: true })
      expect(body.size).toBeGreaterThan(5000)
    }
  })

  it('is bounded in all', async () => {
    const { fetch } = serve({ maxRecordedTotalLength: 5000 })
    for (let time = 0; time < 10; time++) {
      await (await fetch(post(call('say', { text: 'x'.repeat(1000) })))).text()
    }
    const exchanges = await recorded({ fetch })
    const size = exchanges.reduce(
      (sum, { request, response }) => sum + request.text.length + response.text.length,
      0,
    )
    expect(size).toBeLessThanOrEqual(5000)
    expect(exchanges.at(-1)!.id).toBe(10)
    expect(exchanges.length).toBeLessThan(10)
  })

  it('is none where none is wanted', async () => {
    const inner = createDesk()
    const seen = vi.fn(inner.fetch)
    const { fetch } = withOpenDashboard({ ...inner, fetch: seen }, { maxRecords: 0 })
    const request = post(call('say', { text: 'hello' }))
    await fetch(request)
    expect(seen.mock.calls[0]![0]).toBe(request)
    expect(Object.keys(request)).toEqual([])
    expect(await recorded({ fetch })).toEqual([])
  })
})

describe('a stream', () => {
  it('comes through event by event, and is recorded as it comes', async () => {
    let send!: (text: string) => void
    let close!: () => void
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        send = (text) => controller.enqueue(new TextEncoder().encode(text))
        close = () => controller.close()
      },
    })
    const headers = { 'content-type': 'text/event-stream' }
    const { fetch } = withOpenDashboard(answering(() => new Response(body, { headers })))
    const reader = (await fetch(post(call('count')))).body!.getReader()
    for (const text of ['data: 1\n\n', ': keep-alive\n\n', 'data: 2\n\n']) {
      send(text)
      expect(new TextDecoder().decode((await reader.read()).value)).toBe(text)
    }
    expect((await recorded({ fetch }))[0]).toMatchObject({
      outcome: 'open',
      response: { text: 'data: 1\n\ndata: 2\n\n' },
    })
    close()
    expect((await reader.read()).done).toBe(true)
    expect((await recorded({ fetch }))[0]).toMatchObject({ outcome: 'done' })
  })

  it('asks for no more than its reader does', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      { pull: (controller) => void controller.enqueue(new Uint8Array([++pulled])) },
      { highWaterMark: 0 },
    )
    const headers = { 'content-type': 'text/event-stream' }
    const { fetch } = withOpenDashboard(answering(() => new Response(body, { headers })))
    const reader = (await fetch(post(call('count')))).body!.getReader()
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(pulled).toBeLessThanOrEqual(2)
  })

  it('that its client leaves is left, there and here', async () => {
    const { fetch } = serve()
    const reader = (await fetch(post(call('wait')))).body!.getReader()
    await reader.read()
    await reader.cancel()
    expect((await recorded({ fetch }))[0]).toMatchObject({ outcome: 'left' })
  })

  it('that breaks is broken', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('broke')) })
    const headers = { 'content-type': 'text/event-stream' }
    const { fetch } = withOpenDashboard(answering(() => new Response(body, { headers })))
    await expect((await fetch(post(call('count')))).text()).rejects.toThrow('broke')
    expect((await recorded({ fetch }))[0]).toMatchObject({ outcome: 'broken' })
  })
})

describe('on node:http', () => {
  let url: string
  const handler = serve()
  const seen: { request: Request; response: Response }[] = []
  const inner: FetchHandler = {
    fetch: async (request, options) => {
      const response = await handler.fetch(request, options)
      seen.push({ request, response })
      return response
    },
  }
  const server = createServer(toNodeHandler(inner))
  beforeAll(async () => {
    await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const send = (body: object, init: RequestInit = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify(body),
      ...init,
    })

  // a response that has become a real one is not written to a response of Node by itself
  const isLazy = (response: Response) => {
    const writeHead = vi.fn(() => {
      throw new Error('enough')
    })
    try {
      ;(response as Response & { writeTo?(res: object): boolean }).writeTo?.({ writeHead })
    } catch {
      // it has begun to write
    }
    return writeHead.mock.calls.length > 0
  }

  it('leaves the adapter its own response, and records it', async () => {
    const calls = [call('say', { text: 'hello' }), call('count')]
    for (const body of calls) {
      seen.length = 0
      const text = await (await send(body)).text()
      expect(isLazy(seen[0]!.response)).toBe(true)
      const exchange = (await recorded(handler)).at(-1)!
      expect(exchange).toMatchObject({
        status: 200,
        outcome: 'done',
        request: { text: JSON.stringify(body) },
      })
      expect(exchange.response.text).toBe(text)
    }
  })

  it('frees the places of pages that were closed', async () => {
    const headers = { 'x-portico-dashboard': '1' }
    for (let time = 0; time < 20; time++) {
      const controller = new AbortController()
      const feed = new URL('/_dashboard/api/traffic', url)
      await vi.waitFor(async () => {
        const response = await fetch(feed, { headers, signal: controller.signal })
        expect(response.status).toBe(200)
        await response.body!.getReader().read()
      })
      controller.abort()
    }
  })

  it('knows of a client that leaves', async () => {
    const controller = new AbortController()
    const response = await send(call('wait'), { signal: controller.signal })
    await response.body!.getReader().read()
    controller.abort()
    await vi.waitFor(async () => expect((await recorded(handler)).at(-1)).toMatchObject({ outcome: 'left' }))
  })
})

const isMatch = (value: any, expected: object) =>
  Object.entries(expected).every(([name, member]) => value?.[name] === member)

describe('the feed', () => {
  async function follow(handler: { fetch: (request: Request) => Promise<Response> }) {
    const reader = (await handler.fetch(ask('/traffic'))).body!.getReader()
    const next = async (): Promise<any[]> => {
      const { value } = await reader.read()
      return new TextDecoder()
        .decode(value)
        .split('\n\n')
        .filter((frame) => frame.startsWith('data: '))
        .map((frame) => JSON.parse(frame.slice('data: '.length)))
    }
    const until = async (expected: object): Promise<void> => {
      let last: unknown
      while (!isMatch(last, expected)) last = (await next()).at(-1)
    }
    return { reader, next, until }
  }

  it('begins with what there is, and tells what changes', async () => {
    const handler = serve()
    await (await handler.fetch(post(call('say', { text: 'before' })))).text()
    const { next, until, reader } = await follow(handler)
    expect(await next()).toMatchObject([{ id: 1, outcome: 'done' }])
    await (await handler.fetch(post(call('say', { text: 'after' })))).text()
    await until({ id: 2, outcome: 'done', status: 200 })
    const stream = (await handler.fetch(post(call('wait')))).body!.getReader()
    await stream.read()
    await until({ id: 3, outcome: 'open', status: 200 })
    await stream.cancel()
    await until({ id: 3, outcome: 'left' })
    await reader.cancel()
  })

  it('ends when the handler closes', async () => {
    const handler = serve()
    const { next, reader } = await follow(handler)
    await next()
    const ended = (async () => {
      while (!(await reader.read()).done) {}
    })()
    await handler.close()
    await ended
  })

  it('is for so many pages, and frees its place', async () => {
    const handler = serve({ maxFeeds: 1 })
    const { reader } = await follow(handler)
    expect((await handler.fetch(ask('/traffic'))).status).toBe(503)
    await reader.cancel()
    const again = await handler.fetch(ask('/traffic'))
    expect(again.status).toBe(200)
    await again.body!.cancel()
  })

  it('holds no more than is kept, for a page that does not read', async () => {
    const handler = serve({ maxRecords: 5 })
    const { next, reader } = await follow(handler)
    await next()
    for (let time = 0; time < 50; time++) await handler.fetch(post(call('say')))
    const exchanges = [...(await next()), ...(await next())]
    expect(exchanges.length).toBeLessThanOrEqual(10)
    expect(exchanges.at(-1)).toMatchObject({ id: 50 })
    await reader.cancel()
  })
})

describe('the protocol', () => {
  const { fetch: serveAudit } = withOpenDashboard(
    createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z })),
  )
  const target = {
    url: `${ORIGIN}/mcp`,
    fetch: (input: string | URL | Request, init?: RequestInit) => serveAudit(new Request(input, init)),
  }

  // it reads along, and changes no message
  const carried = audits.filter(({ layer }) => layer !== 'protocol')
  it.each(carried)('is as it was: $id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
})
