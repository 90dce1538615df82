import type { Client } from './client.ts'
import { OAuthServerRefusal, shortenText } from './refusal.ts'
import { parseScopes } from './request-parameters.ts'
import { readResource } from './resource-indicator.ts'
import type { Settings } from './settings.ts'

/** An authorization request that has been validated. */
export interface AuthorizationRequest {
  clientId: string
  clientName: string
  clientKind: Client['kind']
  /** Whether the client gets a refresh token. */
  refreshes: boolean
  redirectUri: string
  state?: string
  scopes: string[]
  resource: string
  codeChallenge: string
}

const CODE_CHALLENGE = /^[\w-]{43}$/

/**
 * Validates an authorization request, after its client and redirect URI have been validated (OAuth 2.1 §4.1.1, RFC 7636,
 * RFC 8707).
 *
 * @throws OAuthServerRefusal to report to the client.
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
  if (parameters.get('code_challenge_method') !== 'S256' || !CODE_CHALLENGE.test(codeChallenge)) {
    throw new OAuthServerRefusal('pkce-required')
  }
  const resource = readResource(parameters, resources) ?? (resources.length === 1 ? resources[0] : undefined)
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

/** The scopes of OpenID Connect. Many clients always request them, and this server grants none of them. */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

/**
 * Reads the requested scopes that are supported; all supported scopes if the request has none (RFC 6749 §3.3).
 *
 * @throws OAuthServerRefusal `unknown-scope` if scopes are requested, and none of them is supported.
 */
function readScopes(requested: string | null, supported: readonly string[]): string[] {
  const names = parseScopes(requested)
  const known = supported.filter((scope) => names.includes(scope))
  // A server without scopes ignores the parameter.
  if (known.length > 0 || supported.length === 0) return known
  const unknown = names.filter((scope) => !OPENID_SCOPES.includes(scope))
  if (unknown.length === 0) return [...supported]
  throw new OAuthServerRefusal('unknown-scope', {
    parameter: shortenText(unknown.join(' ')),
    hint: `Ask for some of these: ${supported.join(' ')}`,
  })
}
