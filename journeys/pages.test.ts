import { type OAuthTokenVerifier, oidcVerifier, scopes, staticVerifier } from '@portico-mcp/auth'
import type { FetchHandler } from '@portico-mcp/core'
import { withRateLimit } from '@portico-mcp/guard'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from './testing/authorization-server.ts'
import { call } from './testing/call.ts'
import { type Chromium, isChromiumMissing, read, startChromium } from './testing/chromium.ts'
import { clients, type Kind } from './testing/clients.ts'
import { type EndpointForPages, hostsForPages } from './testing/hosts-for-pages.ts'
import type { Listener } from './testing/listener.ts'
import { createNotes } from './testing/notes.ts'
import type { Answer, InPage } from './testing/page.ts'
import { closeServers, listen } from './testing/server.ts'

declare const inPage: InPage

const kinds = Object.keys(clients) as Kind[]
const MAX_BODY = 1000
const tokens = staticVerifier({ reader: { clientId: 'ann', scopes: ['notes:read'] } })
const rules = scopes({ tools: { 'purge-*': ['notes:write'] } })

describe.skipIf(isChromiumMissing())('a page of an allowed origin', () => {
  let chromium: Chromium
  let page: Page

  beforeAll(async () => {
    chromium = await startChromium()
    page = await chromium.openPage('app.example')
  }, 60_000)
  afterAll(async () => {
    await chromium?.close()
    closeServers()
  })

  /** Serves behind everything, on a free port. */
  async function serve(
    host: (endpoint: EndpointForPages) => Listener,
    handler: FetchHandler = createNotes(),
    issuer = 'https://auth.example.com',
    verifier: OAuthTokenVerifier = tokens,
  ): Promise<string> {
    const allowedOrigins = [`http://app.example:${chromium.port}`, `http://localhost:${chromium.port}`]
    const origin = await listen((origin) => {
      const resourceServerUrl = `${origin}/mcp`
      return host({
        handler,
        gate: { resourceServerUrl, verifier, requiredScopes: ['notes:read'], scopes: rules },
        metadata: { resourceServerUrl, authorizationServers: [issuer] },
        allowedOrigins,
        maxRequestBodySize: MAX_BODY,
      })
    })
    return `${origin}/mcp`
  }

  const signIn = (page: Page, kind: Kind, url: string): Promise<string> =>
    page.evaluate(([kind, url]) => inPage.signIn(kind, url), [kind, url] as const)

  it.each(kinds)('signs a person in at a real authorization server, with the client %s', async (kind) => {
    const { issuer } = await startAuthorizationServer()
    const url = await serve(hostsForPages['plain fetch']!, createNotes(), issuer, oidcVerifier({ issuer }))
    const page = await chromium.openPage('localhost')
    const leaving = signIn(page, kind, url).catch(({ message }: Error) => message)
    await page.fill('[name=login]', 'ann')
    await page.fill('[name=password]', 'secret')
    await page.click('form:has([value=login]) [type=submit]')
    await page.click('form:has([value=consent]) [type=submit]')
    await page.waitForFunction(() => 'inPage' in globalThis)
    expect(await leaving).toMatch(/Unauthorized|navigation/)
    expect(new URL(page.url()).searchParams.has('code')).toBe(true)
    expect(JSON.parse(await signIn(page, kind, url))).toMatchObject({ identity: { id: 'ann' } })
  })

  describe.each(Object.entries(hostsForPages))('%s', (_, host) => {
    it.each(kinds)('lists, calls, hears of progress and of errors, with the client %s', async (kind) => {
      const url = await serve(host)
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
      const notes = createNotes({ maxRequestBodySize: MAX_BODY })
      const url = await serve(
        host,
        isLimited ? withRateLimit(notes, { capacity: 1, refillPerSecond: 0.01 }) : notes,
      )
      if (isLimited) expect(await read(page, url, init)).toMatchObject({ status: 200 })
      const { headers = {}, ...rest } = answer as Partial<Answer>
      const seen = await read(page, url, init)
      expect(seen).toMatchObject({ status: Number(status), ...rest })
      for (const [name, value] of Object.entries(headers)) expect(seen.headers[name]).toMatch(value)
    })

    it('reads the metadata of the resource, and of its authorization server', async () => {
      const { issuer } = await startAuthorizationServer()
      const { origin, href } = new URL(await serve(host, createNotes(), issuer, oidcVerifier({ issuer })))
      const metadata = await read(page, `${origin}/.well-known/oauth-protected-resource/mcp`)
      expect(metadata).toMatchObject({
        status: 200,
        body: { resource: href, authorization_servers: [issuer] },
      })
      const mirror = await read(page, `${origin}/.well-known/oauth-authorization-server`)
      expect(mirror).toMatchObject({ status: 200, body: { issuer } })
    })
  })
})
