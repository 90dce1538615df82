import { describeRuntimes } from '@portico-example/testing/runtimes'
import { expect, it } from 'vitest'
import { call, recorded } from './testing/requests.ts'

const served = {
  entry: new URL('./testing/serve-dashboard.ts', import.meta.url),
  sources: {
    '@portico-mcp/core/internal': new URL('../../core/src/internal.ts', import.meta.url),
    '@portico-mcp/core': new URL('../../core/src/index.ts', import.meta.url),
    '@portico-mcp/dashboard': new URL('./index.ts', import.meta.url),
    '@portico-mcp/guard': new URL('../../guard/src/index.ts', import.meta.url),
  },
}

/** The cookies that a browser gets for the address of the page. */
async function openPage(origin: string): Promise<string> {
  const url = `${origin}/_dashboard/?key=the-key-of-the-tests-on-every-runtime`
  const { status, headers } = await fetch(url, { redirect: 'manual' })
  expect([status, headers.get('location')]).toEqual([303, './'])
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

describeRuntimes(served, (originOf) => {
  it('serves the page and its assets from memory', async () => {
    const headers = { accept: 'text/html', cookie: await openPage(originOf()) }
    const page = await fetch(originOf(), { headers })
    const [, script] = /src="([^"]+)"/.exec(await page.text())!
    const response = await fetch(new URL(script!, `${originOf()}/`), { headers })
    expect(response.headers.get('content-type')).toContain('javascript')
    expect((await response.text()).length).toBeGreaterThan(50_000)
  })

  it('is not there for who has not opened its address', async () => {
    for (const path of ['/', '/_dashboard/', '/_dashboard/page.js', '/_dashboard/api/traffic']) {
      const headers = { accept: 'text/html', 'x-portico-dashboard': '1' }
      const response = await fetch(`${originOf()}${path}`, { headers })
      expect(response.status).toBe(path === '/' ? 405 : 404)
      expect(response.headers.get('content-security-policy')).toBeNull()
    }
  })

  it('records what it passes on', async () => {
    for (const tool of ['say', 'count']) {
      const response = await fetch(`${originOf()}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify(call(tool, { text: 'hello' })),
      })
      expect(await response.text()).toContain('"result"')
    }
    const stop = new AbortController()
    const feed = await fetch(`${originOf()}/_dashboard/api/traffic`, {
      headers: { 'x-portico-dashboard': '1', cookie: await openPage(originOf()) },
      signal: stop.signal,
    })
    const reader = feed.body!.getReader()
    let text = ''
    while (text.split('"outcome":"done"').length < 3)
      text += new TextDecoder().decode((await reader.read()).value)
    stop.abort()
    const exchanges = await recorded({ fetch: async () => new Response(text) })
    const calls = exchanges.filter(({ method }) => method === 'POST')
    expect(calls.map(({ request }) => JSON.parse(request.text).params.name)).toEqual(['say', 'count'])
    expect(calls.map(({ response }) => response.text)).toEqual([
      expect.stringContaining('hello'),
      expect.stringMatching(/"progress":3[\s\S]*counted/),
    ])
  })
})
