import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type DashboardOptions, withDashboard } from './index.ts'
import { ask, call, cookiesOf, createDesk, ORIGIN, post, recorded, visit } from './testing/requests.ts'

const KEY = 'k'.repeat(43)
const serve = (options?: DashboardOptions) => withDashboard(createDesk(), options)
const keyOf = (url: string | undefined) => new URL(url!).searchParams.get('key')!
const isPage = async (response: Response) =>
  response.status === 200 && (await response.text()).includes('id="app"')

afterEach(() => void vi.unstubAllEnvs())

describe('the address of the page', () => {
  it('has a secret of 256 bits, which each dashboard makes for itself', () => {
    const keys = [serve(), serve()].map(({ dashboardUrl }) => keyOf(dashboardUrl(ORIGIN)))
    expect(new Set(keys).size).toBe(2)
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/)
  })

  it('is below its prefix, and below the path that it is served at', () => {
    const { dashboardUrl } = serve({ key: KEY, prefix: '/dev/board' })
    expect(dashboardUrl('http://127.0.0.1:3001')).toBe(`http://127.0.0.1:3001/dev/board/?key=${KEY}`)
    expect(dashboardUrl(new URL('https://example.com/tools/'))).toBe(
      `https://example.com/tools/dev/board/?key=${KEY}`,
    )
  })

  it('stays reachable through a guard', () => {
    expect(withGuard(serve({ key: KEY })).dashboardUrl(ORIGIN)).toContain(KEY)
  })

  it.each(['short', 'k'.repeat(31), `${'k'.repeat(40)}&x`, 'k'.repeat(300)])(
    'takes no key like %s',
    (key) => {
      expect(() => serve({ key })).toThrow(/^withDashboard: key must be/)
    },
  )
})

describe('opening the address', () => {
  it.each([
    ['/_dashboard/', './'],
    ['/_dashboard', './_dashboard'],
    ['/', './'],
    ['/mcp', './mcp'],
  ])(
    'at %s sets cookies that pages cannot read, and leads to an address without the secret',
    async (path, to) => {
      const { status, headers } = await serve({ key: KEY }).fetch(visit(`${path}?key=${KEY}`))
      expect([status, headers.get('location')]).toEqual([303, to])
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      const [strict, lax] = headers.getSetCookie()
      expect(strict).toMatch(/^portico-dashboard-visit-3001=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
      expect(lax).toMatch(/^portico-dashboard-return-3001=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
      expect(headers.getSetCookie().join()).not.toContain(KEY)
    },
  )

  it('keeps what else is in the address', async () => {
    const { headers } = await serve({ key: KEY }).fetch(visit(`/_dashboard/?code=c&key=${KEY}&state=s`))
    expect(headers.get('location')).toBe('./?code=c&state=s')
  })

  it('sets cookies for https alone where it was opened so', async () => {
    const { fetch } = serve({ key: KEY })
    const request = new Request(`https://localhost/?key=${KEY}`, { headers: { host: 'localhost' } })
    for (const cookie of (await fetch(request)).headers.getSetCookie()) expect(cookie).toContain('; Secure')
  })

  it('opens the page, its assets and its API', async () => {
    const handler = serve()
    const cookie = await cookiesOf(handler)
    for (const path of ['/', '/mcp', '/_dashboard/'])
      expect(await isPage(await handler.fetch(visit(path, { cookie })))).toBe(true)
    expect((await handler.fetch(visit('/_dashboard/page.js', { cookie }))).status).toBe(200)
    await handler.fetch(post(call('say', { text: 'hello' })))
    const traffic = await recorded({
      fetch: (request) => {
        request.headers.set('cookie', cookie)
        return handler.fetch(request, { streaming: false })
      },
    })
    expect(traffic).toHaveLength(1)
  })

  it('opens it at every port for itself', async () => {
    const handler = serve()
    const cookie = await cookiesOf(handler, 'http://localhost:4000')
    const asked = new Request('http://localhost:4000/', { headers: { ...visit('/').headers, cookie } })
    expect(await isPage(await handler.fetch(asked))).toBe(true)
    expect(cookie).toContain('-4000=')
  })
})

describe('who has not opened the address', () => {
  const wrong: [string, Record<string, string>, string][] = [
    ['nothing', {}, ''],
    ['another key', {}, `?key=${'x'.repeat(43)}`],
    ['the beginning of the key', {}, `?key=${KEY.slice(0, -1)}`],
    ['an empty key', {}, '?key='],
    ['the key of another case', {}, `?key=${KEY.toUpperCase()}`],
    ['the key as a cookie', { cookie: `portico-dashboard-visit-3001=${KEY}` }, ''],
    ['an empty cookie', { cookie: 'portico-dashboard-visit-3001=' }, ''],
    ['a cookie that is none', { cookie: '; =;;portico-dashboard-visit-3001' }, ''],
    ['the key as a bearer token', { authorization: `Bearer ${KEY}` }, ''],
  ]

  it.each(wrong)('but has %s finds nothing', async (_, headers, query) => {
    const { fetch } = serve({ key: KEY, notFound: () => new Response('nothing here', { status: 404 }) })
    const own = { 'x-portico-dashboard': '1', 'sec-fetch-site': 'same-origin' }
    for (const path of ['/_dashboard', '/_dashboard/', '/_dashboard/page.js', '/_dashboard/api/traffic']) {
      const response = await fetch(visit(`${path}${query}`, { ...own, ...headers }))
      expect([path, response.status, await response.text()]).toEqual([path, 404, 'nothing here'])
    }
    const cleared = await fetch(ask(`/traffic${query}`, { method: 'DELETE', headers }))
    expect(cleared.status).toBe(404)
    for (const path of ['/', '/mcp']) {
      const response = await fetch(visit(`${path}${query}`, headers))
      expect([response.status, response.headers.get('content-type')]).toEqual([405, 'application/json'])
    }
  })

  it('finds nothing by the cookies of another process', async () => {
    const cookie = await cookiesOf(serve())
    expect((await serve().fetch(visit('/_dashboard/', { cookie }))).status).toBe(404)
  })

  it('finds nothing by the key where another machine asks', async () => {
    const { fetch } = serve({ key: KEY })
    const asked = visit(`/_dashboard/?key=${KEY}`)
    expect((await fetch(asked, { clientAddress: '192.0.2.1' })).status).toBe(404)
    expect((await fetch(visit(`/_dashboard/?key=${KEY}`, { host: 'notes.example.com' }))).status).toBe(404)
  })

  it('cannot have the key exchanged for anything but a page', async () => {
    const { fetch } = serve({ key: KEY })
    for (const path of ['/_dashboard/page.js', '/_dashboard/api/traffic'])
      expect((await fetch(visit(`${path}?key=${KEY}`))).status).toBe(404)
    const posted = new Request(`${ORIGIN}/_dashboard/?key=${KEY}`, { method: 'POST' })
    expect((await fetch(posted)).headers.getSetCookie()).toEqual([])
  })
})

describe('a browser that comes back from another site', () => {
  const back = '/_dashboard/?code=a&state=%22%3E%3Cscript%3E'
  const lax = async (handler: ReturnType<typeof serve>) =>
    (await cookiesOf(handler)).split('; ').find((cookie) => cookie.includes('-return-'))!

  it('is led to the same address once more, as a page of this site asks for it', async () => {
    const handler = serve()
    const headers = { cookie: await lax(handler), 'sec-fetch-site': 'cross-site' }
    const response = await handler.fetch(visit(back, headers))
    const text = await response.text()
    expect(text).toContain('content="0;url=./?code=a&amp;state=%22%3E%3Cscript%3E"')
    expect(text).not.toContain('id="app"')
  })

  it('gets neither the page nor its API for the cookie that leads back', async () => {
    const handler = serve()
    const cookie = await lax(handler)
    expect((await handler.fetch(visit(back, { cookie }))).status).toBe(404)
    expect((await handler.fetch(ask('/traffic', { headers: { cookie } }))).status).toBe(404)
    const renamed = cookie.replace('-return-', '-visit-')
    expect((await handler.fetch(ask('/traffic', { headers: { cookie: renamed } }))).status).toBe(404)
  })
})

describe('in production', () => {
  it('nothing is served or recorded unless authorize says who may see it', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const off = serve({ key: KEY })
    expect(off.dashboardUrl(ORIGIN)).toBeUndefined()
    expect((await off.fetch(visit(`/_dashboard/?key=${KEY}`))).status).toBe(405)
    const on = serve({ authorize: () => true })
    expect(on.dashboardUrl(ORIGIN)).toBe(`${ORIGIN}/_dashboard/`)
    expect(await isPage(await on.fetch(visit('/_dashboard/')))).toBe(true)
  })
})

it('works on node:http as a browser would use it', async () => {
  const handler = serve()
  const server = createServer(toNodeHandler(withGuard(handler)))
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const exchange = await fetch(handler.dashboardUrl(origin)!, { redirect: 'manual' })
    const cookie = exchange.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ')
    const clean = new URL(exchange.headers.get('location')!, exchange.url)
    expect(clean.href).toBe(`${origin}/_dashboard/`)
    expect(await isPage(await fetch(clean, { headers: { cookie } }))).toBe(true)
    expect((await fetch(clean)).status).toBe(404)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
