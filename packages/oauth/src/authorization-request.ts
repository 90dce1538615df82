import type { Client } from './client.ts'
import { OAuthServerRefusal, shortened } from './refusal.ts'
import { namedResource } from './resource-indicator.ts'
import type { Settings } from './settings.ts'

/** An authorization request that may be granted. */
export interface AuthorizationRequest {
  clientId: string
  clientName: string
  clientKind: Client['kind']
  refreshes: boolean
  redirectUri: string
  state?: string
  scopes: string[]
  resource: string
  codeChallenge: string
}

const CHALLENGE = /^[\w-]{43}$/

/**
 * Checks what an application asks for, once it is known who asks and where the answer goes (OAuth 2.1 §4.1.1,
 * RFC 7636, RFC 8707).
 *
 * @throws OAuthServerRefusal which the application is told.
 */
export function readAuthorizationRequest(
  parameters: URLSearchParams,
  client: Client,
  redirectUri: string,
  { scopesSupported, resources }: Settings,
): AuthorizationRequest {
  if (parameters.has('request') || parameters.has('request_uri'))
    throw new OAuthServerRefusal('request-object')
  if (parameters.get('response_type') !== 'code') throw new OAuthServerRefusal('unsupported-response-type')
  if ((parameters.get('response_mode') ?? 'query') !== 'query') {
    throw new OAuthServerRefusal('unsupported-response-mode')
  }
  const codeChallenge = parameters.get('code_challenge') ?? ''
  if (parameters.get('code_challenge_method') !== 'S256' || !CHALLENGE.test(codeChallenge)) {
    throw new OAuthServerRefusal('pkce-required')
  }
  const resource = namedResource(parameters, resources) ?? (resources.length === 1 ? resources[0] : undefined)
  if (resource === undefined) throw new OAuthServerRefusal('unknown-resource')
  const { clientId, clientName, kind, refreshes } = client
  return {
    clientId,
    clientName,
    clientKind: kind,
    refreshes,
    redirectUri,
    ...(parameters.has('state') && { state: parameters.get('state') as string }),
    scopes: readScopes(parameters.get('scope'), scopesSupported),
    resource,
    codeChallenge,
  }
}

/** Scopes of OpenID Connect, which many clients ask for everywhere. They name nothing that this server grants. */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

/**
 * Scopes of a request that are known: all of them where it names none (RFC 6749 §3.3).
 *
 * @throws OAuthServerRefusal `unknown-scope` where it names scopes, and none of them is known.
 */
function readScopes(asked: string | null, supported: readonly string[]): string[] {
  const names = scopesOf(asked)
  const known = supported.filter((scope) => names.includes(scope))
  // a server without scopes grants none, whatever is asked for
  if (known.length > 0 || supported.length === 0) return known
  const unknown = names.filter((scope) => !OPENID_SCOPES.includes(scope))
  if (unknown.length === 0) return [...supported]
  throw new OAuthServerRefusal('unknown-scope', {
    parameter: shortened(unknown.join(' ')),
    hint: `Ask for some of these: ${supported.join(' ')}`,
  })
}

/** The scopes that a parameter lists (RFC 6749 §3.3). */
export const scopesOf = (list: string | null): string[] => (list ?? '').split(' ').filter(Boolean)

/** @throws OAuthServerRefusal `repeated-parameter`; `resource` may be repeated (RFC 6749 §3.1, RFC 8707 §2). */
export function checkRepeated(parameters: URLSearchParams): void {
  for (const name of new Set(parameters.keys())) {
    if (name !== 'resource' && parameters.getAll(name).length > 1)
      throw new OAuthServerRefusal('repeated-parameter', { parameter: shortened(name) })
  }
}
