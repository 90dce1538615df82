import { Refusal } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { type CorsOptions, withCors, withGuard } from './index.ts'
import { mcp, PING, ping } from './testing/requests.ts'

const APP = 'https://app.example.com'
const allowedOrigins = [APP, 'moz-extension://*', 'null']

const preflight = (origin: string, headers = '', url?: string) =>
  ping(
    { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
    url,
    'OPTIONS',
  )

const answering = (init: ResponseInit & { body?: string } = {}) => ({
  fetch: async () => new Response(init.body ?? null, init),
})

const names = (response: Response, header: string) =>
  (response.headers.get(header) ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)

describe('a preflight', () => {
  const handler = withCors(mcp(), { allowedOrigins })

  it('of an allowed origin is granted, with the headers of both eras', async () => {
    const response = await handler.fetch(preflight(APP, 'content-type,mcp-method'))
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe(APP)
    expect(names(response, 'access-control-allow-methods')).toEqual(['get', 'post', 'delete'])
    expect(names(response, 'access-control-allow-headers')).toEqual([
      'content-type',
      'accept',
      'authorization',
      'mcp-protocol-version',
      'mcp-method',
      'mcp-name',
      'mcp-session-id',
      'last-event-id',
    ])
    expect(response.headers.get('access-control-max-age')).toBe('7200')
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    expect(names(response, 'vary')).toEqual(['access-control-request-headers', 'origin'])
  })

  it('is granted the mirrored arguments that it asks for, and nothing else', async () => {
    const asked =
      'mcp-param-region, Mcp-Param-Tenant-Id, mcp-param-, x-evil, mcp-param-a b, cookie, mcp-param-region'
    const response = await handler.fetch(preflight(APP, asked))
    expect(names(response, 'access-control-allow-headers').slice(8)).toEqual([
      'mcp-param-region',
      'mcp-param-tenant-id',
    ])
  })

  it.each(['https://evil.example', 'http://app.example.com', `${APP}, ${APP}`, 'nonsense'])(
    'of %s is granted nothing',
    async (origin) => {
      const response = await handler.fetch(preflight(origin, 'mcp-param-region'))
      expect(response.status).toBe(405)
      expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(names(response, 'vary')).toEqual(['origin'])
    },
  )

  it('names further headers where they are set', async () => {
    const handler = withCors(mcp(), { allowedOrigins, allowedHeaders: ['X-Trace'], maxAgeSeconds: 0 })
    const response = await handler.fetch(preflight(APP))
    expect(names(response, 'access-control-allow-headers')).toContain('x-trace')
    expect(response.headers.get('access-control-max-age')).toBe('0')
  })

  it('is not what any OPTIONS is', async () => {
    expect((await handler.fetch(ping({ origin: APP }, undefined, 'OPTIONS'))).status).toBe(405)
  })
})

describe('an answer', () => {
  it.each([200, 202, 400, 401, 403, 404, 413, 429, 500])('of %i can be read', async (status) => {
    const handler = withCors(answering({ status, headers: { 'www-authenticate': 'Bearer' } }), {
      allowedOrigins,
    })
    const response = await handler.fetch(ping({ origin: APP }))
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, 'Bearer'])
    expect(response.headers.get('access-control-allow-origin')).toBe(APP)
    expect(names(response, 'access-control-expose-headers')).toEqual([
      'mcp-session-id',
      'mcp-protocol-version',
      'www-authenticate',
      'retry-after',
    ])
    expect(names(response, 'vary')).toEqual(['origin'])
  })

  it.each(['moz-extension://0c1f9d2e', 'null'])('is for %s as it named itself', async (origin) => {
    const response = await withCors(mcp(), { allowedOrigins }).fetch(ping({ origin }))
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
  })

  it('is for no other origin, and says so to caches, also where there is none', async () => {
    const handler = withCors(mcp(), { allowedOrigins })
    for (const headers of [{ origin: 'https://evil.example' }, {}]) {
      const response = await handler.fetch(ping(headers as Record<string, string>))
      expect(response.status).toBe(200)
      expect(response.headers.has('access-control-allow-origin')).toBe(false)
      expect(names(response, 'vary')).toEqual(['origin'])
    }
  })

  it('of a closed handler can be read; any other failure stays one', async () => {
    const inner = mcp()
    await inner.close()
    const response = await withCors(inner, { allowedOrigins }).fetch(ping({ origin: APP }))
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([503, APP])
    const broken = { fetch: () => Promise.reject(new Error('broke')) }
    await expect(withCors(broken, { allowedOrigins }).fetch(ping())).rejects.toThrow('broke')
    const refusing = { fetch: () => Promise.reject(new Refusal('internal', 'no')) }
    expect((await withCors(refusing, { allowedOrigins }).fetch(ping())).status).toBe(500)
  })

  it('keeps what varies it already, once', async () => {
    const varied = async (vary: string) => {
      const response = await withCors(answering({ headers: { vary } }), { allowedOrigins }).fetch(ping())
      return response.headers.get('vary')
    }
    expect(await varied('Accept')).toBe('Accept, Origin')
    expect(await varied('accept, ORIGIN')).toBe('accept, ORIGIN')
    expect(await varied('*')).toBe('*')
  })

  it('that came over the network is granted as well', async () => {
    const immutable = { fetch: async () => Response.redirect('https://mcp.example.com/', 302) }
    const response = await withCors(immutable, { allowedOrigins }).fetch(ping({ origin: APP }))
    expect(response.headers.get('access-control-allow-origin')).toBe(APP)
  })

  it('that streams goes on streaming', async () => {
    const cancelled: unknown[] = []
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(': \n\n')),
      cancel: (reason) => void cancelled.push(reason),
    })
    const handler = withCors({ fetch: async () => new Response(body) }, { allowedOrigins })
    const reader = (await handler.fetch(ping({ origin: APP }))).body!.getReader()
    expect((await reader.read()).done).toBe(false)
    await reader.cancel('left')
    expect(cancelled).toEqual(['left'])
  })
})

describe('anybody', () => {
  const handler = withCors(mcp(), { allowedOrigins: '*' })

  it('may read, without credentials, and without a header of their own', async () => {
    const response = await handler.fetch(ping({ origin: 'https://any.example' }))
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    expect(response.headers.has('vary')).toBe(false)
  })

  it('never has credentials, whatever is behind', async () => {
    const inner = answering({ headers: { 'access-control-allow-credentials': 'true' } })
    const response = await withCors(inner, { allowedOrigins: '*' }).fetch(ping({ origin: APP }))
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
    expect(() => withCors(mcp(), { allowedOrigins: '*', credentials: true })).toThrow(TypeError)
    expect(() => withCors(mcp(), { allowedOrigins: ['*'], credentials: true })).toThrow(TypeError)
  })
})

it('credentials go to allowed origins alone, by name', async () => {
  const handler = withCors(mcp(), { allowedOrigins, credentials: true })
  const granted = await handler.fetch(preflight(APP))
  expect(granted.headers.get('access-control-allow-credentials')).toBe('true')
  expect(granted.headers.get('access-control-allow-origin')).toBe(APP)
  const other = await handler.fetch(ping({ origin: 'https://evil.example' }))
  expect(other.headers.has('access-control-allow-credentials')).toBe(false)
})

it('is off unless asked for', async () => {
  const response = await withGuard(mcp(), { allowedOrigins }).fetch(ping({ origin: APP }))
  expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
})

it.each<Partial<CorsOptions>>([
  { allowedHeaders: ['x y'] },
  { allowedHeaders: ['*'] },
  { exposedHeaders: ['x\r\ny'] },
  { maxAgeSeconds: -1 },
  { maxAgeSeconds: 0.5 },
])('is not built with %j', (options) => {
  expect(() => withCors(mcp(), { allowedOrigins, ...options })).toThrow()
})

it('keeps the other members of a handler, and passes on what its caller knows', async () => {
  const inner = mcp()
  const { close, notify, bus, fetch } = withCors(inner, { allowedOrigins })
  expect([close, notify, bus]).toEqual([inner.close, inner.notify, inner.bus])
  const request = ping()
  await request.text()
  expect((await fetch(request, { parsedBody: PING })).status).toBe(200)
})
