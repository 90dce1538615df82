export { type ApiKey, type ApiKeyVerifierOptions, apiKeyVerifier, hashApiKey } from './api-key-verifier.ts'
export { type AuthorizedOptions, authorized, type FetchHandler } from './authorized.ts'
export {
  type BearerAuthChallengeOptions,
  bearerAuthChallengeResponse,
  type Challenge,
  getWwwAuthenticateHeader,
} from './challenge.ts'
export type { Audience } from './claims.ts'
export { OAuthError, OAuthErrorCode, type TokenRefusal } from './errors.ts'
export { requireBearerAuth, type VerifyBearerTokenOptions, verifyBearerToken } from './gate.ts'
export type { ScopeHierarchy } from './hierarchy.ts'
export { checkScopes, getIdentity, type Identity } from './identity.ts'
export {
  type JwtChecks,
  type JwtVerifierOptions,
  jwtVerifier,
  type KeyFetching,
  type SignatureAlgorithm,
} from './jwt-verifier.ts'
export { getOAuthProtectedResourceMetadataUrl } from './resource-url.ts'
export {
  type Operation,
  type ScopePatterns,
  type ScopeRules,
  type ScopeTable,
  scopes,
} from './scope-rules.ts'
export { type StaticToken, staticVerifier } from './static-verifier.ts'
export type { AuthInfo, Claims, OAuthTokenVerifier, TokenExpectation } from './verifier.ts'
