import { afterEach, describe, expect, it, vi } from 'vitest'
import { github, oidc } from './index.ts'
import { Browser, readForm } from './testing/browser.ts'
import {
  buildAuthorizationUrl,
  buildPath,
  createBrowser,
  createPkce,
  createServer,
  ISSUER,
  REDIRECT_URI,
  registerClient,
} from './testing/flow.ts'

afterEach(() => vi.useRealTimers())

const { challenge } = createPkce()

async function openConsent(metadata: object = {}, options: Parameters<typeof createServer>[0] = {}) {
  const server = createServer(options)
  const { client_id } = await registerClient(server, metadata)
  const browser = createBrowser(server)
  const [redirectUri] = (metadata as any).redirect_uris ?? [REDIRECT_URI]
  const response = await browser.open(
    buildAuthorizationUrl(client_id, challenge, { redirect_uri: redirectUri }),
  )
  return { server, browser, response, html: await response.clone().text() }
}

describe('the consent page', () => {
  it('C6.5 C7.2: names the application, what it asks for, and where the answer goes', async () => {
    const { html } = await openConsent({ redirect_uris: ['https://app.example.com/callback'] })
    expect(html).toContain('An application wants to use')
    expect(html).toContain('<li>notes:read</li>')
    expect(html).toContain('<dd id="target">app.example.com</dd>')
    expect(html).toContain('chose its name itself')
  })

  it.each([
    ['http://[::1]:7777/callback', '[::1]:7777 (this computer)'],
    ['https://app.example.com:8443/callback', 'app.example.com:8443'],
    ['com.example.app://callback', 'com.example.app://callback (a program)'],
  ])('says that its form leads to %s, and lets it lead on from there', async (uri, shown) => {
    const { html, response } = await openConsent(
      { redirect_uris: [uri] },
      { allowedRedirectSchemes: ['com.example.app'] },
    )
    // browsers would apply it to wherever the callback redirects
    expect(response.headers.get('content-security-policy')).not.toContain('form-action')
    expect(html).toContain(`<dd id="target">${shown}</dd>`)
  })

  it('C6.5: warns of an application on this computer', async () => {
    const { html } = await openConsent()
    expect(html).toContain('Any program on this computer can receive the answer')
  })

  it('C7.2 C5.6: is framed by nobody, runs no script and is kept by no cache', async () => {
    const { response } = await openConsent()
    const policy = response.headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("base-uri 'none'")
    expect(policy).not.toContain('script-src')
    expect(response.headers.get('x-frame-options')).toBe('DENY')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('same-origin')
  })

  it('C7.3: binds itself to the browser by a cookie of this host alone', async () => {
    const { response } = await openConsent()
    expect(response.headers.get('set-cookie')).toMatch(
      /^__Host-portico-oauth-browser=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    )
  })

  it('C7.2: shows names as text, without markup, control or direction characters', async () => {
    const name = '<script>alert(1)</script>"\'\u202Eevil\u0000\u200B'
    const { html } = await openConsent({ client_name: name })
    expect(html).not.toContain('<script')
    for (const character of ['\u202E', '\u0000', '\u200B']) expect(html).not.toContain(character)
    expect(html).toContain('&#60;script&#62;')
  })

  it('C7.2: shows an international host as it is on the wire', async () => {
    const { html } = await openConsent({ redirect_uris: ['https://xn--pple-43d.example/callback'] })
    expect(html).toContain('xn--pple-43d.example')
  })

  it('gives a code when it is allowed', async () => {
    const { browser, html } = await openConsent()
    const answer = await browser.decide(html)
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toMatch(
      /^http:\/\/127\.0\.0\.1:7777\/callback\?code=[\w-]{43}&state=a-state&iss=/,
    )
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('C5.4: tells the application when it is denied', async () => {
    const { browser, html } = await openConsent()
    const location = (await browser.decide(html, 'deny')).headers.get('location')!
    expect(Object.fromEntries(new URL(location).searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'a-state',
      iss: ISSUER,
    })
  })

  it('takes anything but "allow" for a no', async () => {
    const { browser, html } = await openConsent()
    expect((await browser.decide(html, 'ALLOW')).headers.get('location')).toContain('access_denied')
  })

  it.each<[row: string, headers: Record<string, string>]>([
    ['C7.2 CSRF: of another origin', { origin: 'https://evil.example' }],
    ['C7.2 CSRF: of no origin, as of a sandboxed frame', { origin: 'null' }],
    ['C7.2 CSRF: of another site', { 'sec-fetch-site': 'cross-site' }],
    ['C7.2 CSRF: of another host of the site', { 'sec-fetch-site': 'same-site' }],
  ])('refuses an answer %s', async (_, headers) => {
    const { browser, html } = await openConsent()
    expect((await browser.decide(html, 'allow', headers)).status).toBe(403)
  })

  it('C7.3 CSRF: refuses an answer of another browser, or of one without the cookie', async () => {
    const { server, html } = await openConsent()
    // signed in as the same user: the browser is what counts
    expect((await createBrowser(server).decide(html)).status).toBe(400)
    const other = createBrowser(server)
    const { client_id } = await registerClient(server)
    await other.open(buildAuthorizationUrl(client_id, challenge))
    expect((await other.decide(html)).status).toBe(400)
  })

  it('C7.2 CSRF: refuses an answer without a transaction, and a forged one', async () => {
    const { browser, html } = await openConsent()
    for (const transaction of ['', 'x', `${readForm(html).transaction}x`]) {
      const response = await browser.open(buildPath('consent'), {
        method: 'POST',
        body: new URLSearchParams({ transaction, decision: 'allow' }),
      })
      expect(response.status).toBe(400)
      expect(response.headers.get('location')).toBeNull()
    }
  })

  it('refuses an answer after ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { browser, html } = await openConsent()
    vi.setSystemTime(Date.now() + 601_000)
    expect((await browser.decide(html)).status).toBe(400)
  })

  it('refuses an answer where somebody else has signed in since', async () => {
    const { browser, html } = await openConsent()
    browser.cookies.set('user', 'eve')
    const answer = await browser.decide(html)
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  })

  it('has who has signed out since sign in again, and come back to the page', async () => {
    const { browser, html } = await openConsent()
    browser.cookies.delete('user')
    const signedOut = await browser.decide(html)
    expect(signedOut.headers.get('location')).toBeNull()
    const [, returnTo] = /<a class="button" href="([^"]+)"/.exec(await signedOut.text())!
    browser.cookies.set('user', 'ann')
    expect(
      (await browser.decide(await browser.open(returnTo!.replaceAll('&#38;', '&')))).headers.get('location'),
    ).toContain('code=')
  })

  it('C7.1: is shown every time, whatever was allowed before', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const browser = createBrowser(server)
    for (let time = 0; time < 2; time++) {
      const page = await browser.open(buildAuthorizationUrl(client_id, challenge))
      expect((await browser.decide(page)).headers.get('location')).toContain('code=')
    }
  })

  describe('answered again', () => {
    it.each([1, 2, 20])('gives no second code, however often: %i times', async (times) => {
      const { browser, html } = await openConsent()
      const first = await browser.decide(html)
      expect(first.headers.get('location')).toContain('code=')
      for (let time = 0; time < times; time++) {
        const again = await browser.decide(html)
        expect([again.status, again.headers.get('location')]).toEqual([400, null])
      }
    })

    it('gives one code where all answers come at once', async () => {
      const { browser, html } = await openConsent()
      const answers = await Promise.all(Array.from({ length: 20 }, () => browser.decide(html)))
      expect(answers.filter(({ headers }) => headers.get('location'))).toHaveLength(1)
    })

    it('leads on by a link to what came of the first answer, for a double click, and soon no more', async () => {
      vi.useFakeTimers({ toFake: ['Date'] })
      const { browser, html } = await openConsent()
      const location = (await browser.decide(html)).headers.get('location')
      const linkOf = async () => /href="([^"]+)"/.exec(await (await browser.decide(html)).text())?.[1]
      expect((await linkOf())?.replaceAll('&#38;', '&')).toBe(location)
      vi.setSystemTime(Date.now() + 11_000)
      expect(await linkOf()).toBeUndefined()
    })

    it('shows nothing to another user or another browser', async () => {
      const { server, browser, html } = await openConsent()
      await browser.decide(html)
      expect(await (await createBrowser(server).decide(html)).text()).not.toContain('code=')
      browser.cookies.set('user', 'eve')
      expect(await (await browser.decide(html)).text()).not.toContain('code=')
    })

    it('takes a yes after a no, which led to nothing here', async () => {
      const { browser, html } = await openConsent()
      await browser.decide(html, 'deny')
      expect((await browser.decide(html)).headers.get('location')).toContain('code=')
    })

    it('gives one sign-in at the provider, whose cookie comes again for a double click', async () => {
      const { server, html } = await openConsent({}, { upstreamProvider: github({ clientId: 'an-id' }) })
      const { client_id } = await registerClient(server)
      const browser = createBrowser(server, '')
      const page = await (await browser.open(buildAuthorizationUrl(client_id, challenge))).text()
      expect(html).toContain('github')
      const first = await browser.decide(page)
      const second = await browser.decide(page)
      expect([second.status, second.headers.get('location')]).toEqual([400, null])
      expect(second.headers.getSetCookie()).toEqual(first.headers.getSetCookie())
      expect((await second.text()).replaceAll('&#38;', '&')).toContain(first.headers.get('location'))
    })

    it('counts for the first time where the first led nowhere', async () => {
      let away = true
      const { server } = await openConsent(
        {},
        {
          upstreamProvider: oidc({ issuer: 'https://id.example.com', clientId: 'an-id' }),
          fetch: async () =>
            away
              ? new Response(null, { status: 503 })
              : Response.json({
                  issuer: 'https://id.example.com',
                  authorization_endpoint: 'https://id.example.com/authorize',
                }),
        },
      )
      const { client_id } = await registerClient(server)
      const browser = createBrowser(server, '')
      const page = await (await browser.open(buildAuthorizationUrl(client_id, challenge))).text()
      expect((await browser.decide(page)).status).toBe(502)
      away = false
      expect((await browser.decide(page)).headers.get('location')).toContain(
        'https://id.example.com/authorize?',
      )
    })
  })

  it('counts the consents of a user, at any address, and says when to come back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const server = createServer()
    const { client_id } = await registerClient(server)
    const allow = async (user: string, address: number) => {
      const browser = new Browser((request) => server.fetch(request, { clientAddress: `192.0.2.${address}` }))
      browser.cookies.set('user', user)
      return browser.decide(await browser.open(buildAuthorizationUrl(client_id, challenge)))
    }
    for (let time = 0; time < 60; time++) expect((await allow('eve', time)).status).toBe(303)
    const refused = await allow('eve', 61)
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, 60])
    expect((await allow('ann', 1)).status).toBe(303)
    vi.setSystemTime(Date.now() + 60_000)
    expect((await allow('eve', 1)).status).toBe(303)
  })

  it('is not answered by GET', async () => {
    const { browser, html } = await openConsent()
    const { transaction } = readForm(html)
    const query = new URLSearchParams({ transaction, decision: 'allow' })
    const response = await browser.open(`${buildPath('consent')}?${query}`)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })
})
