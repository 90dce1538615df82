import { staticVerifier } from '@portico-mcp/auth'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { HTTPServerOptions } from './index.ts'
import { openDashboard } from './testing/open-dashboard.ts'
import { postRaw, serve } from './testing/serve.ts'

const page = (url: string, path: string, headers: Record<string, string> = {}) =>
  fetch(new URL(path, url), { headers: { accept: 'text/html', ...headers } })
const isPage = async (response: Response) =>
  response.status === 200 && (await response.text()).startsWith('<!doctype html>')
const verifier = staticVerifier({ 'token-of-the-operator': { clientId: 'operator' } })
const auth = { verifier }
const PLACES = ['/', '/_dashboard', '/_dashboard/', '/_dashboard/page.js', '/_dashboard/api/traffic']
const OWN = { 'x-portico-dashboard': '1', 'sec-fetch-site': 'same-origin' }

afterEach(() => void vi.unstubAllEnvs())

describe('the dashboard', () => {
  it('opens by its address, at the root, and at the endpoint for browsers', async () => {
    const { url, dashboardUrl } = await serve()
    expect(dashboardUrl).toMatch(new RegExp(`^${new URL(url).origin}/_dashboard/\\?key=[\\w-]{43}$`))
    const cookie = await openDashboard(dashboardUrl)
    for (const path of ['/', '/mcp', '/_dashboard/']) {
      expect(await isPage(await page(url, path, { cookie }))).toBe(true)
    }
    expect((await page(url, '/mcp', { accept: 'text/event-stream', cookie })).status).toBe(405)
  })

  it('runs the audits that it is given', async () => {
    const runAudits = vi.fn(async () => [{ id: 'a', title: 'A', ok: true }])
    const { dashboardUrl } = await serve(undefined, { audits: async () => ({ runAudits }) as never })
    const cookie = await openDashboard(dashboardUrl)
    const response = await fetch(new URL('/_dashboard/api/audits', dashboardUrl), {
      method: 'POST',
      headers: { cookie, ...OWN },
    })
    expect(response.status).toBe(200)
    await response.text()
    expect(runAudits).toHaveBeenCalledOnce()
  })

  it('is to everyone else what an unknown path is', async () => {
    const { url } = await serve()
    const unknown = await page(url, '/unknown')
    const said = await unknown.text()
    expect(unknown.status).toBe(404)
    for (const path of PLACES) {
      const response = await page(url, path, OWN)
      expect([path, response.status, await response.text()]).toEqual([path, 404, said])
      expect(response.headers.get('content-type')).toBe(unknown.headers.get('content-type'))
      expect((await fetch(new URL(path, url), { method: 'DELETE', headers: OWN })).status).toBe(404)
    }
    expect((await page(url, '/mcp')).status).toBe(405)
  })

  it('is not open by its cookie where a proxy says that another machine asks', async () => {
    const { url, dashboardUrl } = await serve()
    const cookie = await openDashboard(dashboardUrl)
    expect((await page(url, '/', { cookie, 'x-forwarded-for': '192.0.2.1' })).status).toBe(404)
  })

  const exposed: [string, HTTPServerOptions][] = [
    ['publicUrl', { publicUrl: 'https://mcp.example.com' }],
    ['a publicUrl of this machine', { publicUrl: 'http://localhost:3001' }],
    ['trustProxy', { trustProxy: ['127.0.0.1'] }],
    ['trustProxy by hops', { trustProxy: 1 }],
    ['auth', { auth }],
    ['a host', { host: '0.0.0.0' }],
    ['allowedHosts', { allowedHosts: ['127.0.0.1', 'mcp.example.com'] }],
    ['allowedHosts by a function', { allowedHosts: [() => true] }],
  ]

  it.each(exposed)('is off where %s says that the server is public', async (_, options) => {
    const { port, dashboardUrl } = await serve(undefined, options)
    expect(dashboardUrl).toBeUndefined()
    for (const path of PLACES) {
      expect((await page(`http://127.0.0.1:${port}`, path, OWN)).status).toBe(404)
    }
  })

  it.each(exposed)('takes authorize where %s says so, and names the way out', async (_, options) => {
    await expect(serve(undefined, { ...options, dashboard: true })).rejects.toMatchObject({
      code: 'dashboard-needs-authorize',
      option: 'dashboard',
      message: expect.stringMatching(/add authorize, .* or leave dashboard out/),
    })
  })

  it('is off in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { url, dashboardUrl } = await serve()
    expect([dashboardUrl, (await page(url, '/')).status]).toEqual([undefined, 404])
    await expect(serve(undefined, { dashboard: true })).rejects.toMatchObject({
      message: expect.stringContaining('NODE_ENV=production'),
    })
  })

  it('is on where all that is named is this machine, and off where it is not wanted', async () => {
    const local = await serve(undefined, {
      host: 'localhost',
      allowedHosts: ['LOCALHOST', '[::1]', '127.0.0.1'],
    })
    expect(await openDashboard(local.dashboardUrl)).toContain('portico-dashboard-visit')
    expect((await serve(undefined, { dashboard: false })).dashboardUrl).toBeUndefined()
  })

  it('of a public server is for whom authorize lets in', async () => {
    const { port, dashboardUrl } = await serve(undefined, {
      host: '0.0.0.0',
      dashboard: true,
      authorize: ({ headers }) => headers.get('x-forwarded-email') === 'ann@example.com',
      publicUrl: 'https://mcp.example.com',
      auth,
    })
    const url = `http://127.0.0.1:${port}`
    expect(dashboardUrl).toBe(`${url}/_dashboard/`)
    for (const path of PLACES) expect((await page(url, path, OWN)).status).toBe(403)
    const ann = { 'x-forwarded-email': 'ann@example.com' }
    expect(await isPage(await page(url, '/', ann))).toBe(true)
    expect((await postRaw(`${url}/mcp`, {})).status).toBe(401)
  })

  it('keeps its address over restarts where the environment names its secret', async () => {
    vi.stubEnv('PORTICO_DASHBOARD_KEY', 'k'.repeat(43))
    const { dashboardUrl } = await serve()
    expect(new URL(dashboardUrl!).search).toBe(`?key=${'k'.repeat(43)}`)
    vi.stubEnv('PORTICO_DASHBOARD_KEY', 'guessable')
    await expect(serve()).rejects.toThrow(/PORTICO_DASHBOARD_KEY: withDashboard: key must be/)
  })

  it('ends with the server, whoever looks', async () => {
    const server = await serve()
    const cookie = await openDashboard(server.dashboardUrl)
    const headers = { ...OWN, accept: 'text/event-stream', cookie }
    const feed = await fetch(new URL('/_dashboard/api/traffic', server.url), { headers })
    expect(feed.status).toBe(200)
    await server.close()
    await feed.text().catch(() => '')
  })
})
