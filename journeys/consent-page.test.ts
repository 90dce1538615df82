import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginConsent, signInAtProvider, signInAtSite, VERIFIER } from './testing/begin-consent.ts'
import { type Chromium, isChromiumMissing, startChromium } from './testing/chromium.ts'
import { type Embedded, ownUsers, startEmbedded, type Users, usersOfProvider } from './testing/embedded.ts'
import { closeServers, listen, listenSecurely } from './testing/server.ts'

describe.skipIf(isChromiumMissing())('the consent page in Chromium', () => {
  let chromium: Chromium
  /** Where the application waits for the answer. */
  let callback: string

  beforeAll(async () => {
    chromium = await startChromium()
    callback = `${await listen(() => (_, response) => response.end('You can close this page.'))}/callback`
  }, 60_000)
  afterAll(async () => {
    await chromium?.close()
    closeServers()
  })

  const begin = (embedded: Embedded) => beginConsent(embedded, callback)
  const serve = (users: Users): Promise<Embedded> => startEmbedded(users, {}, listenSecurely)

  it('C6.5 C7.2: is clicked by a user of the site, who comes back with a code that gives tokens', async () => {
    const embedded = await serve(ownUsers)
    const { url, clientId } = await begin(embedded)
    const page = await chromium.openEmptyPage()
    await page.goto(url)
    await signInAtSite(page)
    expect(await page.textContent('h1')).toContain('<b>Clicked</b> wants to use')
    expect(await page.textContent('#target')).toContain(new URL(callback).host)
    expect(await page.locator('h1 b').count()).toBe(0)
    await page.click('button[value=allow]')
    await page.waitForURL(`${callback}?**`)
    const { searchParams } = new URL(page.url())
    expect(searchParams.get('state')).toBe('a-state')
    const answer = await embedded.server.fetch(
      new Request(`${new URL(url).origin}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: clientId,
          code: searchParams.get('code')!,
          code_verifier: VERIFIER,
        }),
      }),
    )
    expect(answer.status).toBe(200)
    await page.context().close()
  })

  it('C7.3 C7.4: is clicked on the way to a provider; cookies are of this host alone, and the state comes after it', async () => {
    const { url } = await begin(await serve(usersOfProvider))
    const page = await chromium.openEmptyPage()
    const cookieNames = async () => (await page.context().cookies(url)).map(({ name }) => name)
    await page.goto(url)
    expect(await cookieNames()).toEqual(['__Host-portico-oauth-browser'])
    expect(await page.textContent('dl')).toContain('which is asked for openid')
    await page.click('button[value=allow]')
    await page.waitForSelector('input[name=login]')
    expect(await cookieNames()).toEqual([
      '__Host-portico-oauth-browser',
      expect.stringMatching(/^__Host-portico-oauth-state-/),
    ])
    for (const cookie of await page.context().cookies(url)) {
      expect(cookie).toMatchObject({
        secure: true,
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
        domain: 'mcp.example',
      })
    }
    await signInAtProvider(page)
    await page.waitForURL(`${callback}?**`)
    expect(new URL(page.url()).searchParams.get('code')).toMatch(/^[\w-]{43}$/)
    expect(await cookieNames()).toEqual(['__Host-portico-oauth-browser'])
    await page.context().close()
  })

  it('leads a double click on Allow to the application too', async () => {
    const { url } = await begin(await serve(ownUsers))
    const page = await chromium.openEmptyPage()
    await page.goto(url)
    await signInAtSite(page)
    await page.dblclick('button[value=allow]')
    const goOn = page.locator('a.button')
    await Promise.race([goOn.waitFor(), page.waitForURL(`${callback}?**`)])
    if (await goOn.count()) await goOn.click()
    await page.waitForURL(`${callback}?**`)
    expect(new URL(page.url()).searchParams.get('code')).toMatch(/^[\w-]{43}$/)
    await page.context().close()
  })

  it('tells the application of a click on Deny', async () => {
    const { url } = await begin(await serve(usersOfProvider))
    const page = await chromium.openEmptyPage()
    await page.goto(url)
    await page.click('button[value=deny]')
    await page.waitForURL(`${callback}?**`)
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied')
    await page.context().close()
  })

  it('C7.2: shows itself in no frame', async () => {
    const { url } = await begin(await serve(usersOfProvider))
    const page = await chromium.openEmptyPage()
    await page.route('https://evil.example/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${url}"></iframe>` }),
    )
    const refused = page.waitForEvent('console', (message) => message.text().includes('frame'))
    await page.goto('https://evil.example/')
    expect((await refused).text()).toMatch(/frame-ancestors|X-Frame-Options/i)
    expect(await page.frames()[1]!.locator('form').count()).toBe(0)
    await page.context().close()
  })

  it('C7.2 CSRF: is not answered by another page of the same browser', async () => {
    const { url } = await begin(await serve(usersOfProvider))
    const page = await chromium.openEmptyPage()
    await page.goto(url)
    const transaction = await page.inputValue('input[name=transaction]')
    const action = await page.getAttribute('form', 'action')
    await page.route('https://evil.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${action}"><input name="transaction" value="${transaction}"><input name="decision" value="allow"></form>`,
      }),
    )
    await page.goto('https://evil.example/')
    const answered = page.waitForResponse(action!)
    await page.evaluate(() => (globalThis as any).document.forms[0].submit())
    expect((await answered).status()).toBe(403)
    await page.context().close()
  })
})
