import { invalidToken } from './errors.ts'
import { copyIfPlain } from './plain-data.ts'
import type { AuthInfo, Claims, OAuthTokenVerifier } from './verifier.ts'

/** Whom a fixed token stands for. */
export interface StaticToken {
  /** The client; also the `sub` claim where `claims` has none. */
  clientId: string
  /** What it may do. @defaultValue none */
  scopes?: string[] | undefined
  /** Seconds since 1970; undefined, where it is written, for a token that says nothing. @defaultValue never */
  expiresAt?: number | undefined
  /** Whom it is for. @defaultValue the resource that the gate expects */
  resource?: URL | undefined
  /** What `getIdentity()` gives. */
  claims?: Claims | undefined
}

/**
 * Knows a few tokens by heart. For tests.
 *
 * @param tokens - Whom each token stands for.
 */
export function staticVerifier(tokens: Readonly<Record<string, StaticToken>>): OAuthTokenVerifier {
  return {
    name: 'staticVerifier',
    async verifyAccessToken(token, { expectedResource } = {}) {
      if (!Object.hasOwn(tokens, token)) throw invalidToken('unknown-token')
      const { claims, ...known } = tokens[token]!
      return identityOf(
        token,
        { resource: expectedResource, expiresAt: Number.POSITIVE_INFINITY, ...known },
        claims,
      )
    },
  }
}

/** The identity that a token of this server's own stands for. */
export const identityOf = (
  token: string,
  { clientId, scopes = [], ...rest }: StaticToken,
  claims?: Claims,
): AuthInfo => ({
  token,
  clientId,
  scopes: [...scopes],
  ...rest,
  extra: { claims: { sub: clientId, ...copyIfPlain(claims) } },
})
