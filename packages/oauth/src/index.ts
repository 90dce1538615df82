export type { Secret, Secrets } from './key-ring.ts'
export type { OAuthServerMetadata } from './metadata.ts'
export { type OAuthServer, oauthServer } from './oauth-server.ts'
export type { OAuthStore } from './oauth-store.ts'
export type {
  Authenticate,
  AuthenticateContext,
  ClientView,
  ConfiguredClient,
  OAuthServerOptions,
  TokenMapper,
} from './options.ts'
export {
  auth0,
  cognito,
  github,
  google,
  keycloak,
  microsoft,
  oidc,
  okta,
  type ProviderOptions,
} from './providers.ts'
export type { Lookup } from './public-host.ts'
export {
  type OAuthServerErrorCode,
  OAuthServerRefusal,
  type OAuthServerRefusalReason,
  type RefusalDetails,
} from './refusal.ts'
export type { UpstreamClaims, UpstreamProvider } from './upstream-provider.ts'
export type { User } from './user.ts'
export { withAuthorizationServer } from './with-authorization-server.ts'
