import { createHash, randomBytes } from 'node:crypto'
import { type OAuthServer, type OAuthServerOptions, oauthServer } from '../index.ts'
import { Browser } from './browser.ts'

export const ISSUER = 'https://auth.example.com'
export const RESOURCE = 'https://mcp.example.com/mcp'
export const REDIRECT_URI = 'http://127.0.0.1:7777/callback'
export const SECRET = 'a session secret of enough characters'

/** Creates a server that identifies users by a cookie. Without the cookie it redirects to its login page. */
export function createServer(options: Partial<OAuthServerOptions> = {}): OAuthServer {
  return oauthServer({
    issuer: ISSUER,
    resource: RESOURCE,
    sessionSecret: SECRET,
    scopesSupported: ['notes:read', 'notes:write'],
    authenticate: options.upstreamProvider ? undefined : authenticateByCookie,
    ...options,
  })
}

export function authenticateByCookie({ headers }: Request, { returnTo }: { returnTo: string }) {
  const [, sub] = /\buser=(\w+)/.exec(headers.get('cookie') ?? '') ?? []
  return sub
    ? { sub, claims: { name: sub.toUpperCase() } }
    : new Response(null, { status: 302, headers: { location: `/login?to=${encodeURIComponent(returnTo)}` } })
}

export function createBrowser(server: Pick<OAuthServer, 'fetch'>, user: string | undefined = 'ann'): Browser {
  const browser = new Browser((request) => server.fetch(request))
  if (user) browser.cookies.set('user', user)
  return browser
}

export function createPkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export const buildPath = (name: string): string => `${ISSUER}/oauth/${name}`

export async function registerClient(
  server: Pick<OAuthServer, 'fetch'>,
  metadata: object = {},
): Promise<any> {
  const response = await server.fetch(
    new Request(buildPath('register'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'An application',
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
        ...metadata,
      }),
    }),
  )
  return response.json()
}

/** Builds the URL of an authorization request. `undefined` leaves out a parameter. */
export function buildAuthorizationUrl(
  clientId: string,
  challenge: string,
  parameters: Record<string, string | undefined> = {},
): URL {
  const url = new URL(buildPath('authorize'))
  const all = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 'a-state',
    scope: 'notes:read',
    resource: RESOURCE,
    ...parameters,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

export function postForm(
  server: Pick<OAuthServer, 'fetch'>,
  name: string,
  body: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const form = new URLSearchParams()
  for (const [key, value] of Object.entries(body)) if (value !== undefined) form.set(key, value)
  return server.fetch(new Request(buildPath(name), { method: 'POST', body: form, headers }))
}

export interface SignedIn {
  clientId: string
  code: string
  verifier: string
  callback: URLSearchParams
}

/** Registers a client unless there is one, and signs in up to the code. */
export async function signIn(
  server: Pick<OAuthServer, 'fetch'>,
  {
    user,
    parameters,
    clientId,
  }: { user?: string; parameters?: Record<string, string | undefined>; clientId?: string } = {},
): Promise<SignedIn> {
  const id = clientId ?? (await registerClient(server)).client_id
  const { verifier, challenge } = createPkce()
  const browser = createBrowser(server, user)
  const page = await browser.open(buildAuthorizationUrl(id, challenge, parameters))
  const response = await browser.decide(page)
  const callback = new URL(response.headers.get('location')!).searchParams
  return { clientId: id, code: callback.get('code')!, verifier, callback }
}

export const exchangeCode = (
  server: Pick<OAuthServer, 'fetch'>,
  { clientId, code, verifier }: SignedIn,
  more: Record<string, string | undefined> = {},
): Promise<Response> =>
  postForm(server, 'token', {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    code_verifier: verifier,
    redirect_uri: REDIRECT_URI,
    resource: RESOURCE,
    ...more,
  })

export interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
}

/** Signs in up to the tokens. */
export async function getTokens(
  server: Pick<OAuthServer, 'fetch'>,
  options?: Parameters<typeof signIn>[1],
): Promise<{ clientId: string; tokens: Tokens; signedIn: SignedIn }> {
  const signedIn = await signIn(server, options)
  const response = await exchangeCode(server, signedIn)
  return { clientId: signedIn.clientId, tokens: (await response.json()) as Tokens, signedIn }
}

export const refreshWith = (
  server: Pick<OAuthServer, 'fetch'>,
  clientId: string,
  refreshToken: string,
  more: Record<string, string | undefined> = {},
): Promise<Response> =>
  postForm(server, 'token', {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: refreshToken,
    ...more,
  })

export const readError = async (response: Response): Promise<unknown> =>
  ((await response.json()) as any).error

export const isAccepted = (server: OAuthServer, token: string): Promise<boolean> =>
  server.verifier.verifyAccessToken(token, { expectedResource: new URL(RESOURCE) }).then(
    () => true,
    () => false,
  )
