import type { ScopeHierarchy } from './hierarchy.ts'
import type { TokenCacheOptions } from './token-cache-options.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Options of `requireBearerAuth` and `verifyBearerToken`. */
export interface VerifyBearerTokenOptions {
  /** Verifies the token. */
  verifier: OAuthTokenVerifier
  /** Scopes that every request requires, all of them. Without them it gets 403 `insufficient_scope`. @defaultValue none */
  requiredScopes?: readonly string[] | undefined
  /** Which scopes a scope includes. @defaultValue none */
  scopeHierarchy?: ScopeHierarchy | undefined
  /**
   * The public URL of the MCP endpoint. It is the default of `expectedResource`, and `resourceMetadataUrl` is built from
   * it. It is never read from the headers of a request. @defaultValue none
   */
  resourceServerUrl?: string | URL | undefined
  /** The URL of the protected-resource metadata, which challenges contain (RFC 9728 §5.1). */
  resourceMetadataUrl?: string | undefined
  /**
   * The resource that tokens must be issued for (RFC 8707 §2). A token for another resource, or for none, gets 401. A
   * fragment and one trailing slash do not count. Without this option and `resourceServerUrl`, a token that was issued for
   * another server is accepted, unless the verifier checks its own `audience`. @defaultValue `resourceServerUrl`
   */
  expectedResource?: string | URL | undefined
  /** Whether tokens without an expiry get 401. Expired tokens always do. @defaultValue true */
  requireExpiry?: boolean | undefined
  /**
   * How verified tokens are remembered, so that a known token is not verified for every request; false remembers none.
   * Only answers that depend on the token alone are remembered, see `cacheableVerifier`. Answers of
   * `introspectionVerifier` and refusals are never remembered. `verifyBearerToken` remembers nothing.
   * @defaultValue 1000 tokens for a minute
   */
  tokenCache?: TokenCacheOptions | false | undefined
  /** Called with every refusal, an `OAuthError` with `reason`, `verifier` and `cause`. Its own errors are ignored. */
  onerror?: ((error: Error) => void) | undefined
}
