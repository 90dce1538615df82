import { scopesOf, textOfId } from '@portico-mcp/core/internal'
import type { AuthInfo, Claims } from './verifier.ts'

/** Which claims say what, for authorization servers with claims of their own. */
export interface ClaimMapping {
  /**
   * Claims that hold scopes, in place of `scope`, `scopes` and `scp`: each is a list, or one text with spaces
   * between. Such as `['scope', 'permissions']` for Auth0, `['scp', 'roles']` for Microsoft Entra and
   * `'cognito:groups'` for Amazon Cognito; a function reads what is nested.
   * @defaultValue `['scope', 'scopes', 'scp']`
   */
  scopesFrom?: string | readonly string[] | ((claims: Claims) => readonly string[]) | undefined
  /**
   * Claims of which the first that is there names the client, or a function.
   * @defaultValue `['azp', 'client_id', 'clientId', 'cid', 'appid', 'sub']`
   */
  clientIdFrom?: string | readonly string[] | ((claims: Claims) => string) | undefined
}

/** What a mapping reads from verified claims; nothing for what it does not speak of. */
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
  if (typeof from === 'function') return scopesOf({ scopes: from(claims) })
  return scopesOf(claims, [from].flat())
}

function readClientId(claims: Claims, from: NonNullable<ClaimMapping['clientIdFrom']>): string {
  if (typeof from === 'function') return textOfId(from(claims)) ?? ''
  for (const name of [from].flat()) {
    const id = textOfId(claims[name])
    if (id !== undefined) return id
  }
  return ''
}
