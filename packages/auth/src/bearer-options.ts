import type { ScopeHierarchy } from './hierarchy.ts'
import type { TokenCacheOptions } from './token-cache-options.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Options of `requireBearerAuth` and `verifyBearerToken`. */
export interface VerifyBearerTokenOptions {
  /** Verifies the token. */
  verifier: OAuthTokenVerifier
  /** Scopes that every request needs, all of them; 403 `insufficient_scope` without. @defaultValue none */
  requiredScopes?: readonly string[] | undefined
  /** Which scopes a scope includes. @defaultValue none */
  scopeHierarchy?: ScopeHierarchy | undefined
  /**
   * The public URL of the MCP endpoint; where it is given, it is the default of `expectedResource` and
   * `resourceMetadataUrl`. It is never taken from a request's headers.
   */
  resourceServerUrl?: string | URL | undefined
  /** Where the protected-resource metadata is; advertised in challenges (RFC 9728 §5.1). */
  resourceMetadataUrl?: string | undefined
  /**
   * Accept only tokens that were issued for this resource (RFC 8707 §2); 401 for any other, and for one
   * that names none. A fragment and one trailing slash do not count. Without it, and without
   * `resourceServerUrl`, a token that was issued for another server passes, unless the verifier checks
   * an `audience` of its own.
   */
  expectedResource?: string | URL | undefined
  /** Refuse (401) tokens without an expiry; what has expired is refused in any case. @defaultValue true */
  requireExpiry?: boolean | undefined
  /**
   * How verified tokens are remembered, so that a known token is not verified for every request; false remembers
   * none. Only answers of verifiers that depend on the token alone are remembered, see `cacheableVerifier`;
   * those of `introspectionVerifier` are not. Refusals are never remembered. `verifyBearerToken` remembers nothing.
   * @defaultValue 1000 tokens for a minute
   */
  tokenCache?: TokenCacheOptions | false | undefined
  /** Hears of every refusal, an `OAuthError` with `reason`, `verifier` and `cause`; what it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}
