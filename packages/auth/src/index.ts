export type { FetchHandler } from '@portico-mcp/core'
export { anyOf } from './any-of.ts'
export { type ApiKey, type ApiKeyVerifierOptions, apiKeyVerifier, hashApiKey } from './api-key-verifier.ts'
export type { VerifyBearerTokenOptions } from './bearer-options.ts'
export { cacheableVerifier } from './cacheable-verifier.ts'
export {
  type BearerAuthChallengeOptions,
  bearerAuthChallengeResponse,
  type Challenge,
  getWwwAuthenticateHeader,
} from './challenge.ts'
export type { JwtChecks, SignatureAlgorithm } from './check-jwt.ts'
export type { ClaimMapping } from './claim-mapping.ts'
export type { Audience } from './claims.ts'
export { type CognitoVerifierOptions, cognitoVerifier } from './cognito-verifier.ts'
export { type AuthContext, runWithAuth } from './context.ts'
export type { AuthorizationServerMetadata, DocumentFetching } from './discovery.ts'
export { OAuthError, OAuthErrorCode, type TokenRefusal } from './errors.ts'
export type { ScopeHierarchy } from './hierarchy.ts'
export { checkScopes, getIdentity, type Identity } from './identity.ts'
export { type IntrospectionVerifierOptions, introspectionVerifier } from './introspection-verifier.ts'
export { type JwtVerifierOptions, jwtVerifier } from './jwt-verifier.ts'
export { buildOAuthProtectedResourceMetadata, type ProtectedResourceMetadata } from './metadata.ts'
export { oauthMetadataResponse } from './metadata-response.ts'
export { type AuthMiddleware, authChecks } from './middleware.ts'
export { type OidcVerifierOptions, oidcVerifier } from './oidc-verifier.ts'
export type { KeyFetching } from './remote-keys.ts'
export { requireBearerAuth, verifyBearerToken } from './require-bearer-auth.ts'
export type { AuthMetadataOptions, ResourceOptions } from './resource-options.ts'
export { getOAuthProtectedResourceMetadataUrl } from './resource-url.ts'
export {
  type Operation,
  type ScopePatterns,
  type ScopeRules,
  type ScopeTable,
  scopes,
} from './scope-rules.ts'
export { type StaticToken, staticVerifier } from './static-verifier.ts'
export type { TenantChecks } from './tenants.ts'
export type { TokenCacheOptions } from './token-cache-options.ts'
export type { AuthInfo, Claims, OAuthTokenVerifier, TokenExpectation } from './verifier.ts'
export { type AuthOptions, withAuth } from './with-auth.ts'
export {
  createMetadataHandler,
  type ResourceMetadataOptions,
  withResourceMetadata,
} from './with-resource-metadata.ts'
