export {
  type AuthMetadataOptions,
  getOAuthProtectedResourceMetadataUrl,
  type OAuthTokenVerifier,
  type VerifyBearerTokenOptions as BearerAuthMiddlewareOptions,
} from '@portico-mcp/auth'
export { type CreateMcpHonoAppOptions, createMcpHonoApp } from './app.ts'
export { type ToHonoHandlerOptions, toHonoHandler } from './bridge.ts'
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
