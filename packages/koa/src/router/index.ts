export { checkScopes, getIdentity, getWwwAuthenticateHeader } from '@portico-mcp/auth'
export { McpServer } from '@portico-mcp/core'
export { ApiError, apiCall, createGatedToolRegistrar, registerToolFromSchema } from '@portico-mcp/tools'
export { createMcpRouter, type McpRouter } from './create-mcp-router.ts'
export {
  createProtectedResourceMetadataMiddleware,
  type ProtectedResourceMetadataOptions,
} from './metadata.ts'
export type { CognitoUserPool, McpAuthOptions } from './router-auth.ts'
export type { McpRouterOptions } from './router-options.ts'
