import { kept } from './kept.ts'
import { place } from './place.ts'
import { challengeParameter } from './sign-in/challenge.ts'
import { readResource, readServer } from './sign-in/discovery.ts'
import { fetchStep } from './sign-in/fetch-step.ts'
import { addChecks, addStep, hideInUrl } from './sign-in/steps.ts'

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

const REGISTRATION = { name: 'Client registration', spec: 'RFC 7591' }
const AUTHORIZATION = {
  name: 'Authorization request',
  spec: 'OAuth 2.1, RFC 7636 (PKCE), RFC 8707 (resource)',
}
const RETURN = { name: 'Authorization response', spec: 'OAuth 2.1, RFC 9207 (iss)' }
const TOKEN = { name: 'Token request', spec: 'OAuth 2.1, RFC 7636 (code_verifier)' }
const RENEWAL = { name: 'Token renewal', spec: 'OAuth 2.1, refresh tokens' }

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
  addStep({ ...AUTHORIZATION, request: { method: 'GET', url: hideInUrl(url.href) } })
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
  recordReturn(said, left)
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

function recordReturn(said: URLSearchParams, left: Journey | undefined): void {
  addStep({
    ...RETURN,
    request: { method: 'GET', url: hideInUrl(`${location.origin}${location.pathname}?${said}`) },
  })
  const iss = said.get('iss')
  addChecks([
    {
      words: 'state is the one that was sent',
      isMet: left !== undefined && said.get('state') === left.state,
    },
    {
      words: 'iss is the issuer, where the server says that it sends iss',
      isMet: iss === null ? left?.hasIssuer !== true : iss === left?.issuer,
    },
    { words: 'there is a code, and no error', isMet: said.has('code') && !said.has('error') },
  ])
}

function checkGrant({ access_token, token_type, expires_in, refresh_token }: any): void {
  addChecks([
    { words: 'there is an access_token', isMet: typeof access_token === 'string' },
    { words: 'token_type is Bearer', isMet: /^bearer$/i.test(String(token_type)) },
    { words: 'expires_in says how long it is valid (recommended)', isMet: Number(expires_in) > 0 },
    {
      words: 'there is a refresh_token, so that it can be renewed',
      isMet: typeof refresh_token === 'string',
    },
  ])
}

/** New tokens for old. */
export const refresh = (tokens: OAuthTokens): Promise<OAuthTokens> =>
  grant(tokens, { grant_type: 'refresh_token', refresh_token: tokens.refreshToken! })

async function grant(
  { tokenEndpoint, clientId, resource, refreshToken }: Omit<OAuthTokens, 'accessToken'>,
  asked: Record<string, string>,
): Promise<OAuthTokens> {
  const body = new URLSearchParams({ ...asked, client_id: clientId, resource })
  const step = asked.grant_type === 'refresh_token' ? RENEWAL : TOKEN
  const answer = await fetchStep(step, tokenEndpoint, { method: 'POST', body })
  checkGrant(answer)
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

async function register(server: any, issuer: string): Promise<string> {
  if (!server.registration_endpoint) throw new ClientIdNeeded('The authorization server registers no clients')
  const { client_id: clientId, error_description: description } = await fetchStep(
    REGISTRATION,
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

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replaceAll('=', '')

const random = (): string => base64Url(crypto.getRandomValues(new Uint8Array(32)))

async function sha256(text: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
}
