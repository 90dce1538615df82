export {
  type AuthMetadataOptions,
  getOAuthProtectedResourceMetadataUrl,
  type OAuthTokenVerifier,
  type VerifyBearerTokenOptions as BearerAuthMiddlewareOptions,
} from '@portico-mcp/auth'
export { toNodeHandler } from '@portico-mcp/node'
export { type CreateMcpExpressAppOptions, createMcpExpressApp } from './app.ts'
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
