import { authorized, discoverable, oidcVerifier, scopes, staticVerifier } from '@portico-mcp/auth'
import type { FetchHandler } from '@portico-mcp/core'
import { type AllowedOrigins, cors, type GuardedOptions, guarded, rateLimited } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from './testing/authorization-server.ts'
import { isChromiumMissing, openForgedPage, startChromium } from './testing/chromium.ts'
import { createNotes } from './testing/notes.ts'
import type { Answer, InPage, Kind } from './testing/page.ts'
import { closeServers, listen } from './testing/server.ts'
import { startSite } from './testing/site.ts'

declare const inPage: InPage

const kinds: Kind[] = ['1.x', '2.x, 2025 era', '2.x, 2026-07-28']
const verifier = staticVerifier({ reader: { clientId: 'ann', scopes: ['notes:read'] } })
const rules = scopes({ tools: { 'purge-*': ['notes:write'] } })

describe.skipIf(isChromiumMissing())('in Chromium', { timeout: 30_000 }, () => {
  let browser: Browser
  let port: string
  let allowedOrigins: AllowedOrigins & string[]

  beforeAll(async () => {
    ;[browser, port] = await Promise.all([startChromium(), startSite()])
    allowedOrigins = [`http://app.example:${port}`, `http://localhost:${port}`]
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    closeServers()
  })

  /** Notes behind everything, on a free port. */
  async function serve(
    inner: FetchHandler = createNotes({ maxRequestBodySize: 1000 }),
    issuer = 'https://auth.example.com',
    options: GuardedOptions = {},
  ): Promise<string> {
    const origin = await listen((origin) => {
      const resourceServerUrl = `${origin}/mcp`
      const gate = { resourceServerUrl, requiredScopes: ['notes:read'], scopes: rules }
      const gated = authorized(inner, {
        ...gate,
        verifier: issuer.startsWith('https:') ? verifier : oidcVerifier({ issuer }),
      })
      const handler = discoverable(gated, { resourceServerUrl, authorizationServers: [issuer] })
      return toNodeHandler(guarded(cors(handler, { allowedOrigins }), { allowedOrigins, ...options }))
    })
    return `${origin}/mcp`
  }

  async function openPage(hostname: string): Promise<Page> {
    const page = await browser.newPage()
    await page.goto(`http://${hostname}:${port}/`)
    await page.waitForFunction(() => 'inPage' in globalThis)
    return page
  }

  const read = (page: Page, url: string, init?: RequestInit): Promise<Answer> =>
    page.evaluate(([url, init]) => inPage.read(url, init), [url, init] as const)

  const signIn = (page: Page, kind: Kind, url: string): Promise<string> =>
    page.evaluate(([kind, url]) => inPage.signIn(kind, url), [kind, url] as const)

  describe('a page of an allowed origin', () => {
    let page: Page
    beforeAll(async () => {
      page = await openPage('app.example')
    })

    it.each(kinds)('lists, calls, hears of progress and of errors, with the client %s', async (kind) => {
      const url = await serve()
      const seen = await page.evaluate(([kind, url]) => inPage.useServer(kind, url, 'reader'), [
        kind,
        url,
      ] as const)
      expect(seen).toMatchObject({
        tools: ['whoami', 'count', 'find', 'fail'],
        progress: [1, 2, 3],
        counted: { content: [{ text: 'Counted' }] },
        found: { content: [{ text: `eu, header ${kind === '1.x' ? 'none' : 'eu'}` }] },
        failed: { isError: true, content: [{ text: 'It broke' }] },
        refused: expect.stringMatching(/insufficient.scope/i),
      })
    })

    it.each(kinds)('signs a person in at a real authorization server, with the client %s', async (kind) => {
      const { issuer } = await startAuthorizationServer()
      const url = await serve(createNotes(), issuer)
      const page = await openPage('localhost')
      const leaving = signIn(page, kind, url).catch(({ message }: Error) => message)
      await page.fill('[name=login]', 'ann')
      await page.fill('[name=password]', 'secret')
      await page.click('[type=submit]')
      await page.click('[type=submit]')
      await page.waitForFunction(() => 'inPage' in globalThis)
      expect(await leaving).toMatch(/Unauthorized|navigation/)
      expect(new URL(page.url()).searchParams.has('code')).toBe(true)
      expect(JSON.parse(await signIn(page, kind, url))).toMatchObject({ identity: { id: 'ann' } })
    })

    it.each<[what: string, init: RequestInit, answer: object]>([
      ['400', call({ body: '{' }), { body: { error: { code: -32700 } } }],
      ['401', call({ token: undefined }), { headers: { 'www-authenticate': /resource_metadata="http/ } }],
      [
        '403',
        call({ name: 'purge-notes' }),
        { headers: { 'www-authenticate': /insufficient_scope.*notes:write/ } },
      ],
      ['404', call({ method: 'no/method', era: '2026-07-28' }), { body: { error: { code: -32601 } } }],
      ['405', { headers: { authorization: 'Bearer reader' } }, { body: { error: {} } }],
      ['413', call({ body: `"${'x'.repeat(5_000_000)}"` }), { body: { error: {} } }],
      ['415', call({ type: 'text/plain' }), { body: { error: {} } }],
      [
        '429',
        call({}),
        { headers: { 'retry-after': /^\d+$/ }, body: { error: { data: { reason: 'rate-limited' } } } },
      ],
    ])('reads a %s with its headers and body', async (status, init, answer) => {
      const isLimited = status === '429'
      const notes = createNotes({ maxRequestBodySize: 1000 })
      const url = await serve(isLimited ? rateLimited(notes, { capacity: 1, refillPerSecond: 0.01 }) : notes)
      if (isLimited) expect(await read(page, url, init)).toMatchObject({ status: 200 })
      const { headers = {}, ...rest } = answer as Partial<Answer>
      const seen = await read(page, url, init)
      expect(seen).toMatchObject({ status: Number(status), ...rest })
      for (const [name, value] of Object.entries(headers)) expect(seen.headers[name]).toMatch(value)
    })

    it('reads the metadata of the resource, and of its authorization server', async () => {
      const { issuer } = await startAuthorizationServer()
      const { origin, href } = new URL(await serve(createNotes(), issuer))
      const metadata = await read(page, `${origin}/.well-known/oauth-protected-resource/mcp`)
      expect(metadata).toMatchObject({
        status: 200,
        body: { resource: href, authorization_servers: [issuer] },
      })
      const mirror = await read(page, `${origin}/.well-known/oauth-authorization-server`)
      expect(mirror).toMatchObject({ status: 200, body: { issuer } })
    })
  })

  describe('a page of any other origin', () => {
    it.each(['stranger.example', '127.0.0.1'])('gets nothing, and calls nothing: %s', async (hostname) => {
      const page = await openPage(hostname)
      const { handler, reached } = counted()
      const refused: string[] = []
      const url = await serve(handler, undefined, { onerror: (error) => refused.push(error.message) })
      await expect(read(page, url, call({}))).rejects.toThrow('Failed to fetch')
      await expect(read(page, url, { method: 'POST', body: '{}' })).rejects.toThrow('Failed to fetch')
      await page.evaluate((url) => fetch(url, { method: 'POST', body: '{}', mode: 'no-cors' }), url)
      expect(refused).toEqual(Array(3).fill(expect.stringContaining('allowedOrigins')))
      expect(reached).toEqual([])
    })

    it.each(kinds)('cannot connect the client %s', async (kind) => {
      const page = await openPage('stranger.example')
      const { handler, reached } = counted()
      const url = await serve(handler)
      const using = page.evaluate(([kind, url]) => inPage.useServer(kind, url, 'reader'), [
        kind,
        url,
      ] as const)
      await expect(using).rejects.toThrow(/Failed to fetch|Version negotiation failed/)
      expect(reached).toEqual([])
    })
  })

  describe('a page whose name was pointed at this machine', () => {
    it('is refused for its Host', async () => {
      const { handler, reached } = counted()
      const url = await serve(handler)
      const { port } = new URL(url)
      const page = await openForgedPage(browser, `http://evil.example:${port}/`)
      for (const init of [{}, call({ token: undefined }), call({})]) {
        const answer = await page.evaluate(fetchHere, init)
        expect(answer).toMatchObject({
          status: 403,
          body: { error: { data: { reason: 'host-not-allowed' } } },
        })
      }
      expect(reached).toEqual([])
    })

    it('is refused for its Origin, where every Host is served', async () => {
      const { handler, reached } = counted()
      const url = await serve(handler, undefined, { allowedHosts: [() => true] })
      const { port } = new URL(url)
      const page = await openForgedPage(browser, `http://evil.example:${port}/`)
      const answer = await page.evaluate(fetchHere, call({}))
      expect(answer).toMatchObject({
        status: 403,
        body: { error: { data: { reason: 'origin-not-allowed' } } },
      })
      expect(reached).toEqual([])
    })
  })
})

async function fetchHere(init: RequestInit): Promise<object> {
  const response = await fetch('/mcp', init)
  return { status: response.status, body: await response.json() }
}

function counted(): { handler: FetchHandler; reached: string[] } {
  const reached: string[] = []
  const notes = createNotes()
  const fetch: FetchHandler['fetch'] = (request, ...options) => {
    reached.push(request.method)
    return notes.fetch(request, ...options)
  }
  return { handler: { ...notes, fetch }, reached }
}

interface Call {
  token?: string
  type?: string
  body?: string
  method?: string
  name?: string
  era?: string
}

function call(options: Call): RequestInit {
  const { token, type, method, name, era } = {
    token: 'reader',
    type: 'application/json',
    method: 'tools/call',
    name: 'whoami',
    ...options,
  }
  const _meta = era && {
    'io.modelcontextprotocol/protocolVersion': era,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return {
    method: 'POST',
    headers: {
      'content-type': type,
      ...(token && { authorization: `Bearer ${token}` }),
      ...(era && { 'mcp-protocol-version': era, 'mcp-method': method }),
    },
    body: options.body ?? JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { name, _meta } }),
  }
}
