import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { Browser } from './browser.ts'

/** A certified OpenID provider without client registration. */
export interface RealProvider {
  issuer: string
  clientId: string
  clientSecret: string
  /** The parameters of the authorization requests, in order. */
  asked: URLSearchParams[]
  /** Ends all sign-ins, and with them the refresh tokens. */
  forgetSignIns(): Promise<void>
  close(): void
}

/** @param redirectUri - The registered redirect URI. */
export async function startProvider(
  redirectUri: (issuer: string) => string,
  accessTokenTTL = 60,
): Promise<RealProvider> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = { clientId: 'portico', clientSecret: 'a secret of the upstream client' }
  const asked: URLSearchParams[] = []
  const grants = new Set<string>()
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [redirectUri(issuer)],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        application_type: redirectUri(issuer).startsWith('https:') ? 'web' : 'native',
      },
    ],
    cookies: { keys: ['a-key-for-tests'] },
    claims: { openid: ['sub'], email: ['email'], profile: ['name'] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, name: sub.toUpperCase(), email: `${sub}@example.com` }),
    }),
    pkce: { required: () => true },
    ttl: { AccessToken: accessTokenTTL },
    issueRefreshToken: async () => true,
    // A second use of a refresh token ends the grant.
    rotateRefreshToken: true,
    features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
  })
  provider.on('grant.success', ({ oidc }: any) => void grants.add(oidc.entities.Grant.jti))
  const answer = provider.callback()
  server.on('request', (request, response) => {
    const url = new URL(request.url!, issuer)
    if (url.pathname === '/auth') asked.push(url.searchParams)
    void answer(request, response)
  })
  return {
    issuer,
    ...client,
    asked,
    async forgetSignIns() {
      for (const id of grants) await (await provider.Grant.find(id))?.destroy()
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/**
 * Signs in at the provider, through all of its pages.
 *
 * @param start - The URL that the server under test sent the browser to.
 * @param browser - Stores the cookies of the provider.
 * @returns The URL that the provider sends the browser back to.
 */
export async function signInAtProvider(
  start: string,
  login = 'ann',
  browser = new Browser(),
): Promise<string> {
  const home = new URL(start).origin
  let url = new URL(start)
  let form: URLSearchParams | undefined
  for (let page = 0; page < 20; page++) {
    const response = await browser.open(url, form ? { method: 'POST', body: form } : {})
    const location = response.headers.get('location')
    const html = location ? '' : await response.text()
    const [, prompt] = /name="prompt" value="(\w+)"/.exec(html) ?? []
    form = location
      ? undefined
      : new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'x' } : { prompt: prompt ?? '' })
    url = new URL(location ?? /<form[^>]* action="([^"]+)"/.exec(html)![1]!, url)
    if (url.origin !== home) return url.href
  }
  throw new Error('The sign-in does not end')
}
