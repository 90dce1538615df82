import { optionRules, shown } from '@portico-mcp/core/internal'
import {
  cacheableVerifier,
  isCacheable,
  mayCacheAnswer,
  partlyCacheableVerifier,
} from './cacheable-verifier.ts'
import {
  invalidToken,
  type OAuthError,
  OAuthErrorCode,
  type TokenRefusal,
  toVerifierError,
} from './errors.ts'
import { isSameResource } from './resource-url.ts'
import type { AuthInfo, OAuthTokenVerifier, TokenExpectation } from './verifier.ts'

/**
 * Creates a verifier that accepts a token if any of several verifiers does. They are called in order.
 *
 * If no verifier accepts the token, the error is that of the first verifier that was unavailable (503), else that of the
 * verifier that got furthest: one that checked the token says more than one that only saw another issuer.
 *
 * @param verifiers - At least one.
 * @throws TypeError without a verifier, or if an argument is not a verifier.
 */
export function anyOf(...verifiers: OAuthTokenVerifier[]): OAuthTokenVerifier {
  checkVerifiers(verifiers)
  // the answers of verifiers whose answers may be remembered
  const cacheable = new WeakSet<object>()
  const verifier: OAuthTokenVerifier = {
    name: `anyOf(${verifiers.map(({ name = 'unnamed' }) => name).join(', ')})`,
    async verifyAccessToken(token, expectation) {
      const errors: OAuthError[] = []
      for (const verifier of verifiers) {
        try {
          const authInfo = await verifyWith(verifier, token, expectation)
          if (mayCacheAnswer(verifier, authInfo)) cacheable.add(authInfo)
          return authInfo
        } catch (thrown) {
          errors.push(toVerifierError(verifier, thrown))
        }
      }
      throw errors.reduce((best, error) => (weigh(error) > weigh(best) ? error : best))
    },
  }
  if (verifiers.every(isCacheable)) return cacheableVerifier(verifier)
  return partlyCacheableVerifier(verifier, (answer) => cacheable.has(answer))
}

function checkVerifiers(verifiers: readonly unknown[]): void {
  if (verifiers.length === 0) throw new TypeError('anyOf: there must be at least one verifier (got none)')
  const rule = optionRules.objectWith('verifyAccessToken')
  for (const verifier of verifiers) {
    if (!rule.isAllowed(verifier)) {
      throw new TypeError(`anyOf: each verifier must be ${rule.allowed} (got ${shown(verifier)})`)
    }
  }
}

async function verifyWith(
  verifier: OAuthTokenVerifier,
  token: string,
  expectation: TokenExpectation | undefined,
): Promise<AuthInfo> {
  const authInfo = await verifier.verifyAccessToken(token, expectation)
  const expected = expectation?.expectedResource
  if (expected && !isSameResource(authInfo.resource, expected)) throw invalidToken('wrong-audience')
  return authInfo
}

const WEIGHTS: Partial<Record<TokenRefusal, number>> = { malformed: 0, 'unknown-token': 0, 'wrong-issuer': 1 }

const weigh = ({ code, reason }: OAuthError): number =>
  code === OAuthErrorCode.InvalidToken ? (WEIGHTS[reason] ?? 2) : 3
