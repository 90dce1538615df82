import type { AuthInfo as SdkAuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'

/** The identity of a verified token: the `AuthInfo` of the SDK, which factories and handlers get. */
export interface AuthInfo extends SdkAuthInfo {
  /** The URL of the protected-resource metadata, for challenges of the application. */
  resourceMetadataUrl?: string
}

/** The requirements that are passed to a verifier. */
export interface TokenExpectation {
  /** The resource that the token must be issued for, if one is configured. */
  expectedResource?: URL
}

/** Verifies access tokens. */
export interface OAuthTokenVerifier {
  /** A name for reports; see `verifier` of `OAuthError`. */
  name?: string
  /**
   * Verifies a token.
   *
   * @param token - The token as it was sent.
   * @param expectation - The resource that the caller compares `resource` with. A verifier that has checked the audience
   *   by other means returns this resource.
   * @returns `resource` is the resource that the token was issued for, `expiresAt` is in seconds since 1970 (`Infinity`
   *   for a token that does not expire), and `getIdentity()` returns `extra.claims`.
   * @throws OAuthError `invalid_token` if the token is not accepted.
   */
  verifyAccessToken(token: string, expectation?: TokenExpectation): Promise<AuthInfo>
}

/** The claims of a JWT (RFC 7519), or the members of an introspection response (RFC 7662). */
export type Claims = Record<string, unknown>
