import type { AuthInfo as SdkAuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'

/** What is known of a verified token; the SDK's `AuthInfo`, handed to factories and handlers. */
export interface AuthInfo extends SdkAuthInfo {
  /** Where the metadata of this resource is; later challenges advertise it. */
  resourceMetadataUrl?: string
}

/** What a gate expects of a token, told to its verifier. */
export interface TokenExpectation {
  /** The resource that the token must have been issued for, where it is known. */
  expectedResource?: URL
}

/** Verifies access tokens. */
export interface OAuthTokenVerifier {
  /** What reports call it; see `verifier` of `OAuthError`. */
  name?: string
  /**
   * @param token - The token as it was sent.
   * @param expectation - What the gate will check; a verifier that has checked the audience by other
   * means answers with that resource.
   * @returns `resource` names whom the token is for; `expiresAt` is in seconds since 1970, `Infinity`
   * for what never expires; `extra.claims` is what `getIdentity()` gives.
   * @throws OAuthError `invalid_token` for a token that is not accepted.
   */
  verifyAccessToken(token: string, expectation?: TokenExpectation): Promise<AuthInfo>
}

/** Claims of a token, of a JWT (RFC 7519) or of an introspection response (RFC 7662). */
export type Claims = Record<string, unknown>
