export {
  type AuthMetadataOptions,
  checkScopes,
  getIdentity,
  getOAuthProtectedResourceMetadataUrl,
  getWwwAuthenticateHeader,
  type OAuthTokenVerifier,
  type VerifyBearerTokenOptions as BearerAuthMiddlewareOptions,
} from '@portico-mcp/auth'
export { McpServer } from '@portico-mcp/core'
export {
  ApiError,
  apiCall,
  createGatedToolRegistrar,
  registerToolFromSchema,
} from '@portico-mcp/tools'
export { type CreateMcpKoaAppOptions, createMcpKoaApp } from './app.ts'
export { type McpState, type ToKoaHandlerOptions, toKoaHandler } from './bridge.ts'
export {
  createProtectedResourceMetadataMiddleware,
  type ProtectedResourceMetadataOptions,
} from './metadata.ts'
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
export { createMcpRouter, type McpRouter, type McpRouterOptions } from './router.ts'
export type { CognitoUserPool, McpAuthOptions } from './router-auth.ts'
