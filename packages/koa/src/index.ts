export {
  type AuthMetadataOptions,
  getOAuthProtectedResourceMetadataUrl,
  type OAuthTokenVerifier,
  type VerifyBearerTokenOptions as BearerAuthMiddlewareOptions,
} from '@portico-mcp/auth'
export { type CreateMcpKoaAppOptions, createMcpKoaApp } from './app.ts'
export { type McpState, type ToKoaHandlerOptions, toKoaHandler } from './bridge.ts'
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
