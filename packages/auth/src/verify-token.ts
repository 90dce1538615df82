import { isAuthInfo } from '@portico-mcp/core/internal'
import type { BearerSettings } from './bearer-settings.ts'
import { isCacheable, mayCache, mayCacheAnswer } from './cacheable-verifier.ts'
import { readAuthInfoFromClaims } from './claims.ts'
import { invalidToken, toVerifierError } from './errors.ts'
import { isSameResource } from './resource-url.ts'
import type { Verified } from './token-cache.ts'
import type { AuthInfo, Claims } from './verifier.ts'

/**
 * Verifies a token: its signature or registration, its audience and its expiry, but not its scopes.
 *
 * @returns The identity. There is no promise if the token is remembered.
 * @throws OAuthError with the name of the verifier. If a promise is returned, it rejects with the error.
 */
export function verifyToken(token: string, settings: BearerSettings): AuthInfo | Promise<AuthInfo> {
  const { tokenCache, verifier } = settings
  if (!tokenCache || !mayCache(verifier))
    return callVerifier(token, settings).then(({ authInfo }) => authInfo)
  return tokenCache.resolve(token, () => callVerifier(token, settings), isCacheable(verifier))
}

async function callVerifier(token: string, settings: BearerSettings): Promise<Verified> {
  const { verifier, expectedResource } = settings
  try {
    // Verifiers return the URL that they get, so each call gets its own copy.
    const expected = expectedResource && new URL(expectedResource)
    const answer = await verifier.verifyAccessToken(token, { expectedResource: expected })
    const isCacheable = mayCacheAnswer(verifier, answer)
    return { authInfo: checkAuthInfo(toAuthInfo(token, answer, settings), settings), isCacheable }
  } catch (thrown) {
    throw toVerifierError(verifier, thrown)
  }
}

/** Reads what a verifier returned: an `AuthInfo`, to which the token is added if it is empty, or claims. */
function toAuthInfo(token: string, answer: AuthInfo, { expectedResource }: BearerSettings): AuthInfo {
  if (!isAuthInfo(answer)) return readAuthInfoFromClaims(token, readClaims(answer), { expectedResource })
  return answer.token === '' ? { ...answer, token } : answer
}

function readClaims(answer: unknown): Claims {
  if (typeof answer === 'object' && answer !== null) return answer as Claims
  throw new TypeError('verifyAccessToken must return an AuthInfo or an object of claims')
}

function checkAuthInfo(authInfo: AuthInfo, settings: BearerSettings): AuthInfo {
  const { expectedResource, resourceMetadataUrl, requireExpiry = true } = settings
  const { expiresAt, resource } = authInfo
  if (expectedResource && !isSameResource(resource, expectedResource)) throw invalidToken('wrong-audience')
  if (typeof expiresAt !== 'number' || Number.isNaN(expiresAt)) {
    if (requireExpiry) throw invalidToken('no-expiry')
  } else if (expiresAt <= Date.now() / 1000) throw invalidToken('expired')
  return resourceMetadataUrl ? { resourceMetadataUrl, ...authInfo } : authInfo
}
