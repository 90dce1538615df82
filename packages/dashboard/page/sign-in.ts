import { kept } from './kept.ts'
import { place } from './place.ts'

export interface OAuthTokens {
  accessToken: string
  refreshToken?: string
  tokenEndpoint: string
  clientId: string
  resource: string
}

interface Journey {
  state: string
  verifier: string
  issuer: string
  hasIssuer: boolean
  tokenEndpoint: string
  clientId: string
  resource: string
  back: string
}

const journey = kept<Journey>('journey')
const clients = kept<Record<string, string>>('clients')
const redirectUri = new URL(`${place.prefix}/`, location.origin).href

/** A member of a `WWW-Authenticate` challenge. */
export function challengeParameter(challenge: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`[\\s,]${name}=(?:"([^"]*)"|([^\\s,]+))`, 'i').exec(challenge) ?? []
  return quoted ?? bare
}

/** No client registration is offered, so a person has to bring a client id. */
export class ClientIdNeeded extends Error {}

/** Leaves for the authorization server that the challenge leads to (RFC 9728, RFC 8414, RFC 7636). */
export async function signIn(challenge: string, givenClientId?: string): Promise<void> {
  const resource = await readResource(challenge)
  const issuer = resource.authorization_servers?.[0]
  if (typeof issuer !== 'string') throw new Error('The resource metadata names no authorization server')
  const server = await readServer(issuer)
  const clientId = givenClientId || clients.get()?.[issuer] || (await register(server, issuer))
  const verifier = random()
  const state = random()
  const scope = challengeParameter(challenge, 'scope') ?? resource.scopes_supported?.join(' ')
  journey.set({
    state,
    verifier,
    issuer,
    hasIssuer: server.authorization_response_iss_parameter_supported === true,
    tokenEndpoint: server.token_endpoint,
    clientId,
    resource: resource.resource ?? place.endpoint,
    back: location.hash,
  })
  const url = new URL(server.authorization_endpoint)
  const asked = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: await sha256(verifier),
    code_challenge_method: 'S256',
    resource: resource.resource ?? place.endpoint,
    ...(scope && { scope }),
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, String(value))
  location.assign(url)
}

/** What an authorization server sent the browser back with becomes tokens; undefined where it was not one. */
export async function comeBack(): Promise<OAuthTokens | undefined> {
  const said = new URLSearchParams(location.search)
  if (!said.has('state') || !(said.has('code') || said.has('error'))) return undefined
  const left = journey.get()
  journey.set(undefined)
  history.replaceState(null, '', `${location.pathname}${left?.back ?? ''}`)
  dispatchEvent(new Event('hashchange'))
  if (!left || said.get('state') !== left.state) throw new Error('The sign-in was not begun in this tab')
  // RFC 9207
  const iss = said.get('iss')
  if (iss !== null ? iss !== left.issuer : left.hasIssuer)
    throw new Error('Another issuer answered the sign-in')
  const error = said.get('error')
  if (error) throw new Error(`${error}: ${said.get('error_description') ?? 'the sign-in failed'}`)
  return grant(left, {
    grant_type: 'authorization_code',
    code: said.get('code')!,
    code_verifier: left.verifier,
    redirect_uri: redirectUri,
  })
}

/** New tokens for old. */
export const refresh = (tokens: OAuthTokens): Promise<OAuthTokens> =>
  grant(tokens, { grant_type: 'refresh_token', refresh_token: tokens.refreshToken! })

async function grant(
  { tokenEndpoint, clientId, resource, refreshToken }: Omit<OAuthTokens, 'accessToken'>,
  asked: Record<string, string>,
): Promise<OAuthTokens> {
  const body = new URLSearchParams({ ...asked, client_id: clientId, resource })
  const answer = await readJson(tokenEndpoint, { method: 'POST', body })
  if (typeof answer.access_token !== 'string') {
    throw new Error(
      `${answer.error ?? 'No token'}: ${answer.error_description ?? 'the token endpoint gave none'}`,
    )
  }
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? refreshToken,
    tokenEndpoint,
    clientId,
    resource,
  }
}

// the page may ask its own origin, under whichever name the server knows itself
function readResource(challenge: string): Promise<any> {
  const named = challengeParameter(challenge, 'resource_metadata')
  const path =
    named && URL.canParse(named)
      ? new URL(named).pathname
      : `/.well-known/oauth-protected-resource${place.path === '/' ? '' : place.path}`
  return readJson(path)
}

async function readServer(issuer: string): Promise<any> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '')
  const places = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    '/.well-known/oauth-authorization-server',
  ]
  for (const url of places) {
    const server = await readJson(url).catch(() => undefined)
    // RFC 8414, section 3.3
    if (server?.issuer !== issuer) continue
    if (!server.code_challenge_methods_supported?.includes('S256')) {
      throw new Error('The authorization server does not offer PKCE with S256')
    }
    for (const name of ['authorization_endpoint', 'token_endpoint']) checkEndpoint(name, server[name])
    return server
  }
  throw new Error(`The metadata of ${issuer} cannot be read by a page: does it allow this origin (CORS)?`)
}

function checkEndpoint(name: string, url: unknown): void {
  const isWeb = typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
  if (!isWeb) throw new Error(`The ${name} is no web address`)
}

async function register(server: any, issuer: string): Promise<string> {
  if (!server.registration_endpoint) throw new ClientIdNeeded('The authorization server registers no clients')
  const { client_id: clientId, error_description: description } = await readJson(
    server.registration_endpoint,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Portico dashboard',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      }),
    },
  )
  if (typeof clientId !== 'string') throw new ClientIdNeeded(description ?? 'The registration was refused')
  clients.set({ ...clients.get(), [issuer]: clientId })
  return clientId
}

async function readJson(url: string, init?: RequestInit): Promise<any> {
  const response = await fetch(url, init).catch(() => {
    throw new Error(`${new URL(url, location.href).origin} cannot be reached from this page`)
  })
  return response.json()
}

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replaceAll('=', '')

const random = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)))

async function sha256(text: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}
