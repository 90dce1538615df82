import { base64url } from 'jose'
import { type OAuthServer, oidc } from '../index.ts'
import { Browser } from './browser.ts'
import {
  buildAuthorizationUrl,
  buildPath,
  createPkce,
  createServer,
  exchangeCode,
  registerClient,
  type Tokens,
} from './flow.ts'

const ISSUER = 'https://id.example.com'

/** An OpenID provider with rotating refresh tokens, whose behavior a test can change. */
export interface StubProvider {
  /** The refresh tokens that were used, in order. */
  used: string[]
  /** The requests to the revocation endpoint. */
  revoked: URLSearchParams[]
  /** Milliseconds that each endpoint takes. */
  delays: { oidc: number; oauth: number; token: number; refused: number; revocation: number }
  /** Whether the metadata is at the location of OpenID Connect or of RFC 8414. */
  document: 'oidc' | 'oauth'
  /** Claims to change in the ID tokens of renewals. `undefined` issues none. */
  renewedClaims: Record<string, unknown> | undefined
  /** The status that the revocation endpoint answers with. */
  revocationStatus: number
  /** Ends all sign-ins. */
  forget(): void
  /** Creates a server with this provider. Several servers with one store are nodes. */
  createNode(options?: Parameters<typeof createServer>[0]): OAuthServer
}

export function createStubProvider(): StubProvider {
  let latest = 0
  const stub: StubProvider = {
    used: [],
    revoked: [],
    delays: { oidc: 0, oauth: 0, token: 0, refused: 0, revocation: 0 },
    document: 'oidc',
    renewedClaims: {},
    revocationStatus: 200,
    forget: () => void latest++,
    createNode: ({ upstreamProvider, ...options } = {}) =>
      createServer({
        upstreamProvider: {
          ...oidc({ issuer: ISSUER, clientId: 'portico', clientSecret: 'a secret', scopes: ['openid'] }),
          ...upstreamProvider,
        },
        fetch: async (url, init) => answer(new URL(String(url)).pathname, init),
        ...options,
      }),
  }
  let nonce: string | undefined

  async function answer(path: string, init: RequestInit | undefined): Promise<Response> {
    const body = new URLSearchParams(init?.body as URLSearchParams)
    if (path.endsWith('/openid-configuration')) {
      await pass(stub.delays.oidc)
      return stub.document === 'oidc' ? Response.json(document) : new Response(null, { status: 404 })
    }
    if (path.endsWith('/oauth-authorization-server')) {
      await pass(stub.delays.oauth)
      return Response.json(document)
    }
    if (path === '/revoke') {
      stub.revoked.push(body)
      await pass(stub.delays.revocation)
      return new Response(null, { status: stub.revocationStatus })
    }
    if (body.get('grant_type') === 'refresh_token') return renew(body.get('refresh_token')!)
    nonce = body.get('code')!
    return Response.json(tokens({ nonce }))
  }

  async function renew(refreshToken: string): Promise<Response> {
    stub.used.push(refreshToken)
    if (refreshToken !== `UR${latest}`) {
      await pass(stub.delays.refused)
      return Response.json({ error: 'invalid_grant' }, { status: 400 })
    }
    const renewed = tokens(stub.renewedClaims)
    await pass(stub.delays.token)
    return Response.json(renewed)
  }

  function tokens(claims: Record<string, unknown> | undefined): object {
    latest += 1
    return {
      access_token: `UP${latest}`,
      refresh_token: `UR${latest}`,
      token_type: 'bearer',
      expires_in: 60,
      ...(claims && { id_token: idToken(claims) }),
    }
  }
  return stub
}

const document = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  revocation_endpoint: `${ISSUER}/revoke`,
}

function idToken(claims: Record<string, unknown>): string {
  const now = Math.floor(Date.now() / 1000)
  const all = { iss: ISSUER, sub: 'ann', aud: 'portico', iat: now, exp: now + 60, ...claims }
  const encode = (value: unknown) => base64url.encode(JSON.stringify(value))
  return `${encode({ alg: 'RS256' })}.${encode(all)}.${encode('signature')}`
}

const pass = async (ms: number): Promise<void> => {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
}

/** Signs in at the stub. Its code is the nonce of the ID token. */
export async function signInAtStub(server: OAuthServer): Promise<{ clientId: string; tokens: Tokens }> {
  const { client_id: clientId } = await registerClient(server)
  const { verifier, challenge } = createPkce()
  const browser = new Browser((request) => server.fetch(request))
  const consent = await browser.decide(await browser.open(buildAuthorizationUrl(clientId, challenge)))
  const asked = new URL(consent.headers.get('location')!).searchParams
  const query = new URLSearchParams({ code: asked.get('nonce')!, state: asked.get('state')! })
  const back = await browser.open(`${buildPath('callback')}?${query}`)
  const callback = new URL(back.headers.get('location')!).searchParams
  const answer = await exchangeCode(server, { clientId, verifier, callback, code: callback.get('code')! })
  return { clientId, tokens: (await answer.json()) as Tokens }
}
