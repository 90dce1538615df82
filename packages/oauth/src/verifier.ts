import { cacheableVerifier, jwtVerifier, OAuthError, type OAuthTokenVerifier } from '@portico-mcp/auth'
import type { OAuthContext } from './context.ts'

/**
 * Creates a verifier of the server's own access tokens, which needs no request. Verified tokens may be remembered only if
 * revocation is not checked.
 */
export function createVerifier({ settings, signingKeys, grants }: OAuthContext): OAuthTokenVerifier {
  const { issuer, checkRevocation } = settings
  let inner: OAuthTokenVerifier | undefined
  const verifier: OAuthTokenVerifier = {
    name: `oauthServer(${issuer})`,
    async verifyAccessToken(token, expectation) {
      inner ??= jwtVerifier({ issuer, jwks: await signingKeys.jwks(), typ: 'at+jwt' })
      const authInfo = await inner.verifyAccessToken(token, expectation)
      if (checkRevocation && !(await hasGrant(authInfo.extra?.claims))) {
        throw new OAuthError('invalid_token', 'Token is unknown or no longer active', {
          reason: 'unknown-token',
        })
      }
      return authInfo
    },
  }
  return checkRevocation ? verifier : cacheableVerifier(verifier)

  async function hasGrant(claims: unknown): Promise<boolean> {
    const { sid } = claims as { sid?: unknown }
    if (typeof sid !== 'string') return false
    try {
      return await grants.exists(sid)
    } catch (cause) {
      throw new OAuthError('temporarily_unavailable', 'The token cannot be verified at the moment', {
        reason: 'unavailable',
        cause,
      })
    }
  }
}
