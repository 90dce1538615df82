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

describe.skipIf(isChromiumMissing())('in Chromium', () => {
  let browser: Browser
  let port: string
  let allowedOrigins: AllowedOrigins & string[]

  beforeAll(async () => {
    ;[browser, port] = await Promise.all([startChromium(), startSite()])
    allowedOrigins = [`http://app.example:${port}`, `http://localhost:${port}`]
  })
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
      const seen = await page.evaluate(
        ([kind, url]) => inPage.useServer(kind, url, 'reader'),
        [kind, url] as const,
      )
      expect(seen).toMatchObject({
        tools: ['whoami', 'count', 'fail'],
        progress: [1, 2, 3],
        counted: { content: [{ text: 'Counted' }] },
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
  })
})
