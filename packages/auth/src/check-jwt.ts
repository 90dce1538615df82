import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { ClaimMapping } from './claim-mapping.ts'
import type { Audience } from './claims.ts'
import { invalidToken, OAuthError } from './errors.ts'

/** A signature algorithm with a public key. Algorithms with a shared key, and `none`, are never accepted. */
export type SignatureAlgorithm =
  | `${'RS' | 'PS'}${256 | 384 | 512}`
  | `ES${256 | 384 | 512}`
  | 'EdDSA'
  | 'Ed25519'

/** All algorithms with a public key. */
export const ALGORITHMS: readonly SignatureAlgorithm[] = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
]

/** Options that all verifiers of JWTs take. */
export interface JwtChecks extends ClaimMapping {
  /**
   * Names of which `aud` must contain one, for authorization servers that do not write the URL of the resource there.
   * False does not check `aud` at all. @defaultValue the expected resource
   */
  audience?: Audience | undefined
  /** The signature algorithms that are accepted. @defaultValue all with a public key */
  algorithms?: readonly SignatureAlgorithm[] | undefined
  /** The `typ` that the header must have, such as `at+jwt` (RFC 9068 §2.1). @defaultValue not checked */
  typ?: string | undefined
  /** Seconds by which `nbf` may be in the future. `exp` has no tolerance. @defaultValue 5 */
  clockToleranceSeconds?: number | undefined
}

/** Verifies the signature and the registered claims of a token. */
export type CheckJwt = (token: string, keys: JWTVerifyGetKey, issuer: string) => Promise<JWTPayload>

/**
 * Creates the check of a token's signature and registered claims.
 *
 * @returns A function that rejects with an OAuthError `invalid_token`, or `temporarily_unavailable` if a key cannot be
 *   fetched.
 */
export function createJwtCheck({
  algorithms = ALGORITHMS,
  typ,
  clockToleranceSeconds = 5,
}: JwtChecks): CheckJwt {
  return async (token, keys, issuer) => {
    const options = { issuer, algorithms: [...algorithms], typ, clockTolerance: clockToleranceSeconds }
    try {
      // The issuer is checked first, so that no keys are fetched for a token of another issuer.
      const { iss } = decodeJwt(token)
      if (iss !== issuer) throw invalidToken('wrong-issuer', new Error(`iss is ${String(iss).slice(0, 200)}`))
      return (await jwtVerify(token, keys, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw toOAuthError(error)
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload
        } catch (error) {
          if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw toOAuthError(error)
        }
      }
      throw invalidToken('bad-signature', error)
    }
  }
}

function toOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error
  if (error instanceof errors.JWTExpired) return invalidToken('expired', error)
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalidToken(REASON_OF_CLAIM[error.claim] ?? 'malformed', error)
  }
  const code = (error as { code?: string }).code ?? ''
  return invalidToken(REASON_OF_CODE[code] ?? 'malformed', error)
}

type Reason = Parameters<typeof invalidToken>[0]

const REASON_OF_CLAIM: Record<string, Reason> = {
  iss: 'wrong-issuer',
  aud: 'wrong-audience',
  nbf: 'not-yet-valid',
  typ: 'wrong-type',
}

const REASON_OF_CODE: Record<string, Reason> = {
  [errors.JOSEAlgNotAllowed.code]: 'wrong-algorithm',
  [errors.JOSENotSupported.code]: 'wrong-algorithm',
  [errors.JWSSignatureVerificationFailed.code]: 'bad-signature',
  [errors.JWKSNoMatchingKey.code]: 'unknown-key',
}
