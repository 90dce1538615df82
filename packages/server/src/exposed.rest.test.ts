import { staticVerifier } from '@portico-mcp/auth'
import { afterEach, describe, expect, it } from 'vitest'
import type { HTTPServerOptions } from './index.ts'
import { type InFront, startForwarder, startNginx } from './testing/nginx.ts'
import { openDashboard } from './testing/open-dashboard.ts'
import { call, post, postRaw, serve } from './testing/serve.ts'

const running: InFront[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

/** What is in front of a server that listens on a port: it adds nothing that names it. */
const fronts: Record<string, (port: number) => Promise<InFront>> = {
  'nginx with the shortest proxy_pass': (port) =>
    startNginx(`location / { proxy_pass http://127.0.0.1:${port}; }`),
  'a forwarder of connections': startForwarder,
}

const servers: Record<string, HTTPServerOptions> = {
  'on its defaults': {},
  'with publicUrl': { publicUrl: 'https://mcp.example.com/mcp' },
  'with publicUrl and auth': {
    publicUrl: 'https://mcp.example.com/mcp',
    auth: { verifier: staticVerifier({ 'token-of-ann': { clientId: 'ann' } }) },
  },
}

const PATHS = ['/', '/mcp', '/_dashboard', '/_dashboard/', '/_dashboard/page.js', '/_dashboard/api/traffic']
const asked = { accept: 'text/html', 'x-portico-dashboard': '1', 'sec-fetch-site': 'same-origin' }

describe.each(Object.entries(fronts))('a stranger behind %s', (_, startFront) => {
  async function serveBehind(options: HTTPServerOptions) {
    const server = await serve(undefined, options)
    const front = await startFront(server.port)
    running.push(front)
    return { server, origin: front.origin }
  }

  it.each(Object.entries(servers))('sees no dashboard and no traffic of a server %s', async (_, options) => {
    const { server, origin } = await serveBehind(options)
    await call(server.url, 'echo', { authorization: 'Bearer token-of-ann' })
    for (const path of PATHS) {
      const response = await fetch(`${origin}${path}`, { headers: asked })
      const expected = path !== '/mcp' ? 404 : options.auth ? 401 : 405
      expect([path, response.status]).toEqual([path, expected])
      expect(await response.text()).not.toContain('<!doctype html>')
    }
    const cleared = await fetch(`${origin}/_dashboard/api/traffic`, { method: 'DELETE', headers: asked })
    expect(cleared.status).toBe(404)
  })

  it('sees none under the public name either', async () => {
    const { origin } = await serveBehind({ publicUrl: 'https://mcp.example.com' })
    const headers = { ...asked, host: 'mcp.example.com' }
    expect((await postRaw(`${origin}/_dashboard/api/traffic`, headers, { method: 'GET' })).status).toBe(404)
  })

  it('sees none by the cookies of another server', async () => {
    const cookie = await openDashboard((await serve()).dashboardUrl)
    const { origin } = await serveBehind({})
    expect((await fetch(`${origin}/_dashboard/`, { headers: { ...asked, cookie } })).status).toBe(404)
  })
})

describe('behind nginx', () => {
  it('the address of the page opens it, below a path as well', async () => {
    const { port, dashboardUrl } = await serve()
    const nginx = await startNginx(`location /tools/ { proxy_pass http://127.0.0.1:${port}/; }`)
    running.push(nginx)
    const { pathname, search } = new URL(dashboardUrl!)
    const opened = await fetch(`${nginx.origin}/tools${pathname}${search}`, { redirect: 'manual' })
    const location = new URL(opened.headers.get('location')!, opened.url)
    expect(location.href).toBe(`${nginx.origin}/tools/_dashboard/`)
    const cookie = opened.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ')
    const page = await fetch(location, { headers: { accept: 'text/html', cookie } })
    const [, script] = /src="([^"]+)"/.exec(await page.text())!
    const asset = await fetch(new URL(script!, location), { headers: { cookie } })
    expect([asset.status, asset.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
  })

  it('MCP is served with the configuration of the guide', async () => {
    const server = await serve(undefined, { publicUrl: 'https://mcp.example.com', trustProxy: ['127.0.0.1'] })
    const nginx = await startNginx(`
      location / {
        proxy_pass http://127.0.0.1:${server.port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto https;
        proxy_buffering off;
        proxy_read_timeout 1h;
      }`)
    running.push(nginx)
    const { status, json } = await postRaw(
      `${nginx.origin}/mcp`,
      { host: 'mcp.example.com', accept: 'application/json, text/event-stream' },
      {
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'echo', arguments: {} },
        }),
      },
    )
    expect(status).toBe(200)
    expect(JSON.parse(json.result.content[0].text).url).toBe('https://mcp.example.com/mcp')
    expect((await post(`${nginx.origin}/mcp`)).status).toBe(200)
  })
})
