import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { type Audience, authInfoOf } from './claims.ts'
import { invalidToken, OAuthError, unavailable } from './errors.ts'
import { withFailureCooldown } from './outbound.ts'
import { secureUrl } from './resource-url.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Signature algorithms with a public key. Those with a shared one, and `none`, cannot be accepted. */
export type SignatureAlgorithm =
  | `${'RS' | 'PS'}${256 | 384 | 512}`
  | `ES${256 | 384 | 512}`
  | 'EdDSA'
  | 'Ed25519'

const ALGORITHMS: readonly SignatureAlgorithm[] = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const),
]

/** What every verifier of JWTs may be told. */
export interface JwtChecks {
  /**
   * Names of which `aud` must hold one; for servers that write something else than the resource's URL.
   * False where `aud` is not checked at all. @defaultValue the resource that the gate expects
   */
  audience?: Audience
  /** Which signature algorithms are accepted. @defaultValue every one with a public key */
  algorithms?: readonly SignatureAlgorithm[]
  /** The `typ` that the header must name, such as `at+jwt` (RFC 9068 §2.1). @defaultValue not checked */
  typ?: string
  /** Seconds by which clocks may differ in `nbf`; `exp` gets none. @defaultValue 5 */
  clockTolerance?: number
}

/** How keys are fetched. */
export interface KeyFetching {
  /** Milliseconds for which fetched keys are kept. @defaultValue 600000 */
  cacheMaxAge?: number
  /** Milliseconds between two fetches for a key that is not known; after a fetch that failed, at most 5000. @defaultValue 30000 */
  cooldown?: number
  /** Milliseconds for one fetch. @defaultValue 5000 */
  timeout?: number
  /** Used instead of the global one. */
  fetch?: typeof globalThis.fetch
}

/** Options of {@link jwtVerifier}. */
export type JwtVerifierOptions = JwtChecks &
  KeyFetching & {
    /** The exact `iss`. */
    issuer: string
  } & (
    | {
        /** Where the issuer's keys are (RFC 7517 §5): https, or http on loopback. */
        jwksUri: string | URL
      }
    | {
        /** The issuer's keys, where they are at hand. */
        jwks: JSONWebKeySet
      }
  )

/**
 * Verifies JWT access tokens (RFC 7519, RFC 9068). Keys are fetched once, kept, and fetched again when a
 * token names one that is not known, at most once a cooldown; parallel requests share a fetch.
 *
 * @param options - See {@link JwtVerifierOptions}.
 * @throws TypeError for a URL that may not be trusted, or an algorithm without a public key.
 *
 * @example
 * ```ts
 * import { jwtVerifier } from '@portico-mcp/auth'
 *
 * export const verifier = jwtVerifier({
 *   issuer: 'https://auth.example.com',
 *   jwksUri: 'https://auth.example.com/jwks.json',
 * })
 * ```
 */
export function jwtVerifier(options: JwtVerifierOptions): OAuthTokenVerifier {
  const { issuer } = options
  if (!issuer) throw new TypeError('jwtVerifier: issuer is missing')
  const check = readChecks(options)
  const keys =
    'jwks' in options
      ? createLocalJWKSet(options.jwks)
      : remoteKeys(secureUrl('jwksUri', options.jwksUri), options)
  return {
    verifyAccessToken: async (token, expectation) =>
      authInfoOf(token, await check(token, keys, issuer), expectation, options.audience),
  }
}

/** Fetches keys as they are needed; what fails is no token's fault. */
export function remoteKeys(url: URL, options: KeyFetching): JWTVerifyGetKey {
  const { cacheMaxAge, cooldown = 30_000, timeout = 5000, fetch } = options
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge,
    cooldownDuration: cooldown,
    timeoutDuration: timeout,
    [customFetch]: withFailureCooldown(fetch, Math.min(cooldown, 5000)),
  })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      const isAnswer =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported
      throw isAnswer ? error : unavailable(error)
    }
  }
}

/** Verifies the signature and the registered claims of a token. */
export type CheckJwt = (token: string, keys: JWTVerifyGetKey, issuer: string) => Promise<JWTPayload>

/** @throws TypeError for an algorithm without a public key. */
export function readChecks({ algorithms = ALGORITHMS, typ, clockTolerance = 5 }: JwtChecks): CheckJwt {
  const unsafe = algorithms.find((name) => !ALGORITHMS.includes(name))
  if (unsafe !== undefined || algorithms.length === 0) {
    throw new TypeError(`algorithms must be among ${ALGORITHMS.join(', ')}`)
  }
  return async (token, keys, issuer) => {
    const options = { issuer, algorithms: [...algorithms], typ, clockTolerance }
    try {
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
