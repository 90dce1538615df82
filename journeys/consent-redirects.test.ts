import type { RequestListener } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { beginConsent, signInAtSite } from './testing/begin-consent.ts'
import { type Chromium, isChromiumMissing, startChromium } from './testing/chromium.ts'
import { ownUsers, startEmbedded, type Users } from './testing/embedded.ts'
import { closeServers, listen, listenSecurely } from './testing/server.ts'

describe.skipIf(isChromiumMissing())('a callback that redirects on, in Chromium', () => {
  let chromium: Chromium
  /** Another origin, and one without TLS. */
  let elsewhere: string

  beforeAll(async () => {
    chromium = await startChromium()
    const origin = await listen(() => (_, response) => response.end('Signed in.'))
    elsewhere = `${origin.replace('127.0.0.1', 'localhost')}/done`
  }, 60_000)
  afterAll(async () => {
    await chromium?.close()
    closeServers()
  })

  /** A callback that sends the browser on with what it got. */
  const redirectTo = (target: string) => (): RequestListener => (request, response) => {
    const { search } = new URL(request.url!, 'http://callback.example')
    response.writeHead(302, { location: `${target}${search}` }).end()
  }

  /** What the browser asks for, where it is sent, and what its policy refuses. */
  async function watch(page: Page): Promise<{ asked: string[]; refused: string[] }> {
    const asked: string[] = []
    const refused: string[] = []
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) refused.push(message.text())
    })
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    session.on('Network.requestWillBeSent', ({ request }) => void asked.push(request.url))
    return { asked, refused }
  }

  async function open(users: Users, callback: string): Promise<Page> {
    const embedded = await startEmbedded(users, {}, listenSecurely)
    const page = await chromium.openEmptyPage()
    await page.goto((await beginConsent(embedded, `${callback}/callback`)).url)
    return page
  }

  it.each([
    'claude://claude.ai/mcp-auth-callback',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'com.example.app:/callback',
  ])('leads to %s, from an https application', async (target) => {
    const page = await open(ownUsers, await listenSecurely(redirectTo(target)))
    await signInAtSite(page)
    const { asked, refused } = await watch(page)
    await page.click('button[value=allow]')
    await expect.poll(() => asked.at(-1), { timeout: 10_000 }).toMatch(`${target}?code=`)
    expect(refused).toEqual([])
    await page.context().close()
  })

  it('leads from a program on this machine to a page of another origin', async () => {
    const page = await open(ownUsers, await listen(redirectTo(elsewhere)))
    await signInAtSite(page)
    const { refused } = await watch(page)
    await page.click('button[value=allow]')
    await page.waitForURL(`${elsewhere}?code=**`)
    expect(refused).toEqual([])
    await page.context().close()
  })

  it('leads there when access is denied, too', async () => {
    const page = await open(ownUsers, await listenSecurely(redirectTo(elsewhere)))
    await signInAtSite(page)
    await page.click('button[value=deny]')
    await page.waitForURL(`${elsewhere}?error=access_denied**`)
    await page.context().close()
  })

  it('leads there from a provider that signs in without asking', async () => {
    const page = await open(usersOfSilentProvider, await listen(redirectTo(elsewhere)))
    const { asked, refused } = await watch(page)
    await page.click('button[value=allow]')
    await page.waitForURL(`${elsewhere}?code=**`)
    expect(asked.map((url) => new URL(url).pathname)).toEqual(
      expect.arrayContaining(['/silent/authorize', '/oauth/callback', '/callback', '/done']),
    )
    expect(refused).toEqual([])
    await page.context().close()
  })
})

/** A provider whose users are signed in already: it sends them back at once. */
const usersOfSilentProvider: Users = async () => {
  const provider = await listen(() => (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://provider.example')
    if (pathname === '/silent/authorize') {
      const back = `${searchParams.get('redirect_uri')}?code=x&state=${searchParams.get('state')}`
      response.writeHead(302, { location: back }).end()
      return
    }
    const answer = pathname === '/silent/token' ? { access_token: 'x', token_type: 'bearer' } : { sub: 'ann' }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  return {
    upstreamProvider: {
      id: 'silent',
      clientId: 'portico',
      authorizationEndpoint: `${provider}/silent/authorize`,
      tokenEndpoint: `${provider}/silent/token`,
      userInfoEndpoint: `${provider}/silent/me`,
    },
  }
}
