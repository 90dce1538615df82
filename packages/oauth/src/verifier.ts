import { cacheableVerifier, jwtVerifier, OAuthError, type OAuthTokenVerifier } from '@portico-mcp/auth'
import type { Desk } from './desk.ts'

/** Verifies this server's own tokens, without a request to it; they are remembered unless they can be revoked. */
export function verifierOf({ settings, keys, grants }: Desk): OAuthTokenVerifier {
  const { issuer, checkRevocation } = settings
  let inner: OAuthTokenVerifier | undefined
  const verifier: OAuthTokenVerifier = {
    name: `oauthServer(${issuer})`,
    async verifyAccessToken(token, expectation) {
      inner ??= jwtVerifier({ issuer, jwks: await keys.jwks(), typ: 'at+jwt' })
      const authInfo = await inner.verifyAccessToken(token, expectation)
      if (checkRevocation && !(await isGranted(authInfo.extra?.claims))) {
        throw new OAuthError('invalid_token', 'Token is unknown or no longer active', {
          reason: 'unknown-token',
        })
      }
      return authInfo
    },
  }
  return checkRevocation ? verifier : cacheableVerifier(verifier)

  async function isGranted(claims: unknown): Promise<boolean> {
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
