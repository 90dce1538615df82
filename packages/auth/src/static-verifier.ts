import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { invalidToken } from './errors.ts'
import { copyIfPlain } from './plain-data.ts'
import type { AuthInfo, Claims, OAuthTokenVerifier } from './verifier.ts'

/** The identity of a fixed token. */
export interface StaticToken {
  /** The client. It is the `sub` claim too, unless `claims` has one. */
  clientId: string
  /** The scopes of the token. @defaultValue none */
  scopes?: string[] | undefined
  /** Seconds since 1970. An explicit `undefined` stands for a token without expiry. @defaultValue `Infinity` */
  expiresAt?: number | undefined
  /** The resource that the token was issued for. @defaultValue the expected resource */
  resource?: URL | undefined
  /** The claims that `getIdentity()` returns. */
  claims?: Claims | undefined
}

const TOKEN_RULES: Rules<keyof StaticToken> = {
  clientId: optionRules.string,
  scopes: optionRules.listOf(optionRules.string, 'strings'),
  expiresAt: {
    allowed: 'a number of seconds since 1970',
    isAllowed: (value) => typeof value === 'number',
    error: TypeError,
  },
  resource: optionRules.url,
  claims: optionRules.plainObject,
}

/**
 * Creates a verifier that accepts a fixed set of tokens. For tests.
 *
 * @param tokens - The identity of each token.
 * @throws TypeError if a member of an identity is unknown or of the wrong type.
 */
export function staticVerifier(tokens: Readonly<Record<string, StaticToken>>): OAuthTokenVerifier {
  checkTokens(tokens)
  return {
    name: 'staticVerifier',
    async verifyAccessToken(token, { expectedResource } = {}) {
      if (!Object.hasOwn(tokens, token)) throw invalidToken('unknown-token')
      const { claims, ...known } = tokens[token]!
      return buildAuthInfo(
        token,
        { resource: expectedResource, expiresAt: Number.POSITIVE_INFINITY, ...known },
        claims,
      )
    },
  }
}

// The names of the members are tokens, so no error shows them.
function checkTokens(tokens: Readonly<Record<string, StaticToken>>): void {
  if (!optionRules.plainObject.isAllowed(tokens)) {
    throw new TypeError('staticVerifier: tokens must be an object with an identity for each token')
  }
  for (const identity of Object.values(tokens)) {
    validateOptions('staticVerifier', identity, TOKEN_RULES)
    if (identity.clientId === undefined) {
      throw new TypeError('staticVerifier: clientId must be a string for every token (got undefined)')
    }
  }
}

/** Builds the identity of a token that this server issued itself. */
export const buildAuthInfo = (
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
