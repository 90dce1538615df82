import { gzipSync } from 'node:zlib'
import { staticVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { describe, expect, it } from 'vitest'
import { ICON, SCRIPT, STYLE } from './bundle.ts'
import { type DashboardOptions, withDashboard } from './index.ts'
import { ask, call, createDesk, ORIGIN, opened, post, visit } from './testing/requests.ts'

const serve = (options?: DashboardOptions) => {
  const handler = withDashboard(createDesk(), options)
  return options?.authorize ? handler : opened(handler)
}
const typeOf = ({ headers }: Response) => headers.get('content-type')

describe('the page', () => {
  it.each(['/', '/mcp', '/_dashboard', '/_dashboard/', '/?code=c&state=s', '/mcp#/tools'])(
    'is at %s',
    async (path) => {
      const response = await serve().fetch(visit(path))
      expect([response.status, typeOf(response)]).toEqual([200, 'text/html; charset=utf-8'])
      expect(await response.text()).toContain('data-prefix="/_dashboard" data-path="/mcp"')
    },
  )

  it('is at the paths that the options say', async () => {
    const { fetch } = serve({ path: '/api', aliases: ['/sse'], prefix: '/dev/board' })
    for (const path of ['/', '/api', '/sse', '/dev/board/']) {
      const [, script] = /src="([^"]+)"/.exec(await (await fetch(visit(path))).text())!
      expect(new URL(script!, `${ORIGIN}${path}`).pathname).toBe('/dev/board/page.js')
    }
    expect(typeOf(await fetch(visit('/mcp')))).toBe('application/json')
    expect(typeOf(await fetch(visit('/dev/board/page.js')))).toContain('javascript')
  })

  it.each([
    ['text/event-stream', 405],
    ['application/json, text/event-stream', 405],
    ['text/html;q=0.5, text/event-stream', 405],
    ['*/*', 405],
    ['text/html', 200],
  ])('is not for a client that accepts %s at the endpoint', async (accept, status) => {
    expect((await serve().fetch(visit('/mcp', { accept }))).status).toBe(status)
  })

  it('keeps out of the way of everything else', async () => {
    const { fetch } = serve()
    expect(await (await fetch(post(call('say', { text: 'hello' })))).json()).toMatchObject({
      result: { content: [{ text: 'hello' }] },
    })
    expect((await fetch(visit('/_dashboards'))).status).toBe(405)
    expect((await fetch(new Request(`${ORIGIN}/mcp`, { method: 'DELETE' }))).status).toBe(405)
  })

  it('allows nothing from elsewhere, and no frame around it', async () => {
    const { headers } = await serve().fetch(visit('/'))
    expect(headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      'media-src data: blob:',
      "connect-src 'self'",
      "frame-src 'self' blob:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ])
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('may talk to the authorization servers that the endpoint names', async () => {
    const resourceServerUrl = `${ORIGIN}/mcp`
    const handler = withResourceMetadata(
      withAuth(createDesk(), {
        resourceServerUrl,
        verifier: staticVerifier({ t: { clientId: 'ann', scopes: [] } }),
      }),
      { resourceServerUrl, authorizationServers: ['https://auth.example.com/tenant'] },
    )
    const connect = async (options?: DashboardOptions) => {
      const { headers } = await opened(withDashboard(handler, options)).fetch(visit('/'))
      return /connect-src [^;]*/.exec(headers.get('content-security-policy')!)?.[0]
    }
    expect(await connect()).toBe("connect-src 'self' https://auth.example.com")
    expect(
      await connect({
        authorizationServers: ['https://a.test/x', "javascript:'", 'https://a.test/y; script-src *'],
      }),
    ).toBe("connect-src 'self' https://a.test")
  })

  it('has its script, style and icon', async () => {
    const { fetch } = serve()
    const types = { 'page.js': 'text/javascript', 'page.css': 'text/css', 'icon.svg': 'image/svg+xml' }
    for (const [name, type] of Object.entries(types)) {
      const response = await fetch(visit(`/_dashboard/${name}`))
      expect(typeOf(response)).toContain(type)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect((await response.text()).length).toBeGreaterThan(100)
    }
    for (const name of ['other.js', 'constructor', '__proto__', 'api/other']) {
      expect(
        (
          await fetch(
            visit(`/_dashboard/${name}`, { 'x-portico-dashboard': '1', 'sec-fetch-site': 'same-origin' }),
          )
        ).status,
      ).toBe(404)
    }
  })
})

it('has at most 150 kB compressed, without the host of MCP Apps', () => {
  expect(gzipSync(SCRIPT + STYLE + ICON).length).toBeLessThan(150_000)
})

describe('off this machine', () => {
  const strangers: [string, Request, object][] = [
    ['another Host', visit('/_dashboard/', { host: 'notes.example.com' }), {}],
    ['another address', visit('/_dashboard/'), { clientAddress: '192.168.1.7' }],
    ['a proxy', visit('/_dashboard/', { 'x-forwarded-for': '203.0.113.9' }), { clientAddress: '127.0.0.1' }],
    ['a proxy that says so', visit('/_dashboard/', { forwarded: 'for=203.0.113.9' }), {}],
  ]

  it.each(strangers)('nothing is served to %s', async (_, request, options) => {
    expect((await serve().fetch(request, options)).status).toBe(404)
  })

  it.each([
    ['/', 405],
    ['/mcp', 405],
    ['/_dashboard/page.js', 404],
    ['/_dashboard/api/traffic', 404],
  ])('the handler answers what is not only the dashboard’s: %s', async (path, status) => {
    const { fetch } = serve()
    const headers = { 'x-portico-dashboard': '1', 'sec-fetch-site': 'same-origin' }
    expect((await fetch(visit(path, headers), { clientAddress: '192.168.1.7' })).status).toBe(status)
  })

  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1', undefined])(
    'this machine is %s',
    async (clientAddress) => {
      expect((await serve().fetch(visit('/'), { clientAddress })).status).toBe(200)
    },
  )

  it('authorize says who may see it', async () => {
    const asked: (string | null)[] = []
    const { fetch } = serve({
      allowedHosts: ['notes.example.com'],
      authorize: ({ headers }) => {
        asked.push(headers.get('cookie'))
        if (headers.get('cookie') === 'login=ann') return true
        return headers.has('cookie')
          ? false
          : new Response('', { status: 302, headers: { location: 'https://login.test' } })
      },
    })
    const open = async (path: string, cookie?: string) => {
      const headers = {
        host: 'notes.example.com',
        'x-forwarded-for': '203.0.113.9',
        ...(cookie && { cookie }),
      }
      return (await fetch(visit(path, headers), { clientAddress: '10.0.0.1' })).status
    }
    expect(await open('/', 'login=ann')).toBe(200)
    expect(await open('/_dashboard/page.js', 'login=ann')).toBe(200)
    expect(await open('/', 'login=eve')).toBe(403)
    expect(await open('/mcp')).toBe(302)
    expect(await open('/_dashboard/api/traffic', 'login=eve')).toBe(403)
    expect(asked).toHaveLength(5)
    expect((await fetch(visit('/', { cookie: 'login=ann' }))).status).toBe(403)
  })

  it('is not built for others without authorize', () => {
    expect(() => serve({ allowedHosts: ['localhost', 'notes.example.com'] })).toThrow(/authorize/)
  })
})

describe('the API', () => {
  it.each<[string, HeadersInit]>([
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a page of another port', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:5173' }],
    ['another page in an old browser', { 'sec-fetch-site': '', origin: 'http://localhost:5173' }],
    ['an address that somebody typed', { 'sec-fetch-site': 'none' }],
    ['a page without an origin', { origin: 'null' }],
  ])('is not for %s', async (_, headers) => {
    for (const method of ['GET', 'DELETE']) {
      expect((await serve().fetch(ask('/traffic', { method, headers }))).status).toBe(403)
    }
  })

  it('is not for who does not send its header, which no other page can', async () => {
    const { fetch } = serve()
    const request = ask('/traffic')
    request.headers.delete('x-portico-dashboard')
    expect((await fetch(request)).status).toBe(403)
    const preflight = {
      origin: 'http://localhost:5173',
      'access-control-request-headers': 'x-portico-dashboard',
    }
    const answer = await fetch(ask('/traffic', { method: 'OPTIONS', headers: preflight }))
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('is for its own page', async () => {
    const { fetch } = serve()
    const headers = { origin: 'http://localhost:3001' }
    expect((await fetch(ask('/traffic', { method: 'DELETE', headers }))).status).toBe(204)
    expect((await fetch(ask('/sessions', { headers }))).status).toBe(404)
  })

  it('is for its own page behind a proxy', async () => {
    const { fetch } = serve({ allowedHosts: ['localhost', 'notes.example.com'], authorize: () => true })
    const { headers } = ask('/traffic', { headers: { origin: 'https://notes.example.com' } })
    const asked = new Request('https://notes.example.com/_dashboard/api/traffic', {
      method: 'DELETE',
      headers,
    })
    expect((await fetch(asked)).status).toBe(204)
  })

  it('lists and ends the sessions that it is given', async () => {
    const ended: string[] = []
    const session = { id: 'ab12', openedAt: 1, usedAt: 2 }
    const { fetch } = serve({
      sessions: { list: () => [session], end: async (id) => ended.push(id) > 0 && id === 'ab12' },
    })
    expect(await (await fetch(ask('/sessions'))).json()).toEqual({ sessions: [session] })
    expect((await fetch(ask('/sessions/ab12', { method: 'DELETE' }))).status).toBe(204)
    expect((await fetch(ask('/sessions/gone', { method: 'DELETE' }))).status).toBe(404)
    expect((await fetch(ask('/sessions/ab12'))).status).toBe(404)
    expect((await fetch(ask('/sessions/a%2Fb', { method: 'DELETE' }))).status).toBe(404)
    expect(ended).toEqual(['ab12', 'gone'])
  })
})

it.each<DashboardOptions>([
  { path: 'mcp' },
  { path: '/mcp?x' },
  { prefix: '/' },
  { prefix: '/board/' },
  { prefix: '/"><script>' },
  { aliases: ['no path'] },
  { maxRecords: -1 },
  { maxRecordedBodyLength: 1.5 },
  { maxRecordedTotalLength: Number.NaN },
  { maxFeeds: -1 },
])('is not built with %j', (options) => {
  expect(() => serve(options)).toThrow(/^withDashboard: /)
})

it('keeps the other members of a handler', async () => {
  const inner = createDesk()
  const { bus, notify, close, fetch } = withDashboard(inner)
  expect([bus, notify]).toEqual([inner.bus, inner.notify])
  await close()
  await expect(inner.fetch(post(call('say')))).rejects.toThrow()
  await expect(fetch(post(call('say')))).rejects.toThrow()
})
