import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { ClaimMapping } from './claim-mapping.ts'
import type { Audience } from './claims.ts'
import { invalidToken, OAuthError } from './errors.ts'

/** Signature algorithms with a public key. Those with a shared one, and `none`, cannot be accepted. */
export type SignatureAlgorithm =
  | `${'RS' | 'PS'}${256 | 384 | 512}`
  | `ES${256 | 384 | 512}`
  | 'EdDSA'
  | 'Ed25519'

/** Every algorithm with a public key. */
export const ALGORITHMS: readonly SignatureAlgorithm[] = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
]

/** What every verifier of JWTs may be told. */
export interface JwtChecks extends ClaimMapping {
  /**
   * Names of which `aud` must hold one; for servers that write something else than the resource's URL.
   * False where `aud` is not checked at all. @defaultValue the resource that the gate expects
   */
  audience?: Audience | undefined
  /** Which signature algorithms are accepted. @defaultValue every one with a public key */
  algorithms?: readonly SignatureAlgorithm[] | undefined
  /** The `typ` that the header must name, such as `at+jwt` (RFC 9068 §2.1). @defaultValue not checked */
  typ?: string | undefined
  /** Seconds by which clocks may differ in `nbf`; `exp` gets none. @defaultValue 5 */
  clockToleranceSeconds?: number | undefined
}

/** Verifies the signature and the registered claims of a token. */
export type CheckJwt = (token: string, keys: JWTVerifyGetKey, issuer: string) => Promise<JWTPayload>

/** The check of a token's signature and claims. */
export function readChecks({ algorithms = ALGORITHMS, typ, clockToleranceSeconds = 5 }: JwtChecks): CheckJwt {
  return async (token, keys, issuer) => {
    const options = { issuer, algorithms: [...algorithms], typ, clockTolerance: clockToleranceSeconds }
    try {
      // no keys are fetched for what is another issuer's to judge
      const { iss } = decodeJwt(token)
      if (iss !== issuer) throw invalidToken('wrong-issuer', new Error(`iss is ${String(iss).slice(0, 200)}`))
      return (await jwtVerify(token, keys, options)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw refusalOf(error)
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload
        } catch (error) {
          if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusalOf(error)
        }
      }
      throw invalidToken('bad-signature', error)
    }
  }
}

function refusalOf(error: unknown): OAuthError {
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
