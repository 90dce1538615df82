export type { FetchHandler, McpRequestContext } from '@portico-mcp/core'
export { createHTTPServer } from './create-http-server.ts'
export {
  HTTPServerError,
  type HTTPServerErrorCode,
  type HTTPServerErrorDetails,
} from './http-server-error.ts'
export type { HTTPServerContext, HTTPServerDefinition, HTTPServerFactory, HTTPServerInput } from './input.ts'
export type { Logger } from './logger.ts'
export { MCPServer, type MCPServerConstructorOptions } from './mcp-server.ts'
export type { OAuthServerOptions } from './oauth-server.ts'
export type {
  HTTPServerAuthOptions,
  HTTPServerCorsOptions,
  HTTPServerOptions,
  HTTPServerTelemetryOptions,
} from './options.ts'
export type { HTTPServer } from './start-server.ts'
