import {
  cacheableVerifier,
  isCacheable,
  mayCacheAnswer,
  partlyCacheableVerifier,
} from './cacheable-verifier.ts'
import { invalidToken, type OAuthError, OAuthErrorCode, refusedBy, type TokenRefusal } from './errors.ts'
import { isSameResource } from './resource-url.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/**
 * Accepts what any of several verifiers accepts; they are asked in order. Where none does, the first
 * that could not judge (503), or else the one that knew most of the token, says why.
 *
 * @param verifiers - At least one.
 * @throws TypeError without any.
 */
export function anyOf(...verifiers: OAuthTokenVerifier[]): OAuthTokenVerifier {
  if (verifiers.length === 0) throw new TypeError('anyOf needs a verifier')
  // of the answers that verifiers gave which allow them to be remembered
  const cacheable = new WeakSet<object>()
  const verifier: OAuthTokenVerifier = {
    name: `anyOf(${verifiers.map(({ name = 'unnamed' }) => name).join(', ')})`,
    async verifyAccessToken(token, expectation) {
      const refusals: OAuthError[] = []
      for (const verifier of verifiers) {
        try {
          const authInfo = await verifier.verifyAccessToken(token, expectation)
          const expected = expectation?.expectedResource
          if (!expected || isSameResource(authInfo.resource, expected)) {
            if (mayCacheAnswer(verifier, authInfo)) cacheable.add(authInfo)
            return authInfo
          }
          refusals.push(refusedBy(verifier, invalidToken('wrong-audience')))
        } catch (thrown) {
          refusals.push(refusedBy(verifier, thrown))
        }
      }
      throw refusals.reduce((best, one) => (weightOf(one) > weightOf(best) ? one : best))
    },
  }
  if (verifiers.every(isCacheable)) return cacheableVerifier(verifier)
  return partlyCacheableVerifier(verifier, (answer) => cacheable.has(answer))
}

// who knows the issuer for another says less than who knows the token
const WEIGHTS: Partial<Record<TokenRefusal, number>> = { malformed: 0, 'unknown-token': 0, 'wrong-issuer': 1 }

const weightOf = ({ code, reason }: OAuthError): number =>
  code === OAuthErrorCode.InvalidToken ? (WEIGHTS[reason] ?? 2) : 3
