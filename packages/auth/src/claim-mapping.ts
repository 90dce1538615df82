import { listScopes, toIdText } from '@portico-mcp/core/internal'
import type { AuthInfo, Claims } from './verifier.ts'

/** Options that name the claims to read, for authorization servers with claims of their own. */
export interface ClaimMapping {
  /**
   * The claims that contain scopes, each as a list or as a string with spaces between. For example
   * `['scope', 'permissions']` for Auth0, `['scp', 'roles']` for Microsoft Entra and `'cognito:groups'` for Amazon
   * Cognito. Use a function to read nested claims.
   * @defaultValue `['scope', 'scopes', 'scp']`
   */
  scopesFrom?: string | readonly string[] | ((claims: Claims) => readonly string[]) | undefined
  /**
   * The claims that may contain the client id, of which the first that is present counts; or a function.
   * @defaultValue `['azp', 'client_id', 'clientId', 'cid', 'appid', 'sub']`
   */
  clientIdFrom?: string | readonly string[] | ((claims: Claims) => string) | undefined
}

/** Reads the members that a mapping names from verified claims. Other members are left out. */
export function mapClaims(
  claims: Claims,
  { scopesFrom, clientIdFrom }: ClaimMapping,
): Partial<Pick<AuthInfo, 'scopes' | 'clientId'>> {
  return {
    ...(scopesFrom !== undefined && { scopes: readScopes(claims, scopesFrom) }),
    ...(clientIdFrom !== undefined && { clientId: readClientId(claims, clientIdFrom) }),
  }
}

function readScopes(claims: Claims, from: NonNullable<ClaimMapping['scopesFrom']>): string[] {
  if (typeof from === 'function') return listScopes({ scopes: from(claims) })
  return listScopes(claims, [from].flat())
}

function readClientId(claims: Claims, from: NonNullable<ClaimMapping['clientIdFrom']>): string {
  if (typeof from === 'function') return toIdText(from(claims)) ?? ''
  for (const name of [from].flat()) {
    const id = toIdText(claims[name])
    if (id !== undefined) return id
  }
  return ''
}
