export {
  type AuthMetadataOptions,
  getOAuthProtectedResourceMetadataUrl,
  type OAuthTokenVerifier,
  type VerifyBearerTokenOptions as BearerAuthMiddlewareOptions,
} from '@portico-mcp/auth'
export { type CreateMcpFastifyAppOptions, createMcpFastifyApp } from './app.ts'
export { type ToFastifyHandlerOptions, toFastifyHandler } from './bridge.ts'
export {
  hostHeaderValidation,
  localhostHostValidation,
  localhostOriginValidation,
  mcpAuthMetadataRouter,
  mcpCors,
  originValidation,
  rateLimit,
  requireBearerAuth,
} from './middleware.ts'
