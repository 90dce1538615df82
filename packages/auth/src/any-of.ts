import { invalidToken, OAuthErrorCode, toOAuthError } from './errors.ts'
import { isSameResource } from './resource-url.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/**
 * Accepts what any of several verifiers accepts; they are asked in order. Where none does, the first
 * that could not judge (503), or else the first that knew the kind of token, says why.
 *
 * @param verifiers - At least one.
 * @throws TypeError without any.
 */
export function anyOf(...verifiers: OAuthTokenVerifier[]): OAuthTokenVerifier {
  if (verifiers.length === 0) throw new TypeError('anyOf needs a verifier')
  return {
    async verifyAccessToken(token, expectation) {
      const refusals = []
      for (const verifier of verifiers) {
        try {
          const authInfo = await verifier.verifyAccessToken(token, expectation)
          const expected = expectation?.expectedResource
          if (!expected || isSameResource(authInfo.resource, expected)) return authInfo
          refusals.push(invalidToken('wrong-audience'))
        } catch (thrown) {
          refusals.push(toOAuthError(thrown))
        }
      }
      throw (
        refusals.find(({ code }) => code !== OAuthErrorCode.InvalidToken) ??
        refusals.find(({ reason }) => !['malformed', 'unknown-token'].includes(reason)) ??
        refusals[0]
      )
    },
  }
}
