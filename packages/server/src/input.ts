import type { BuiltServer, FetchHandler, McpRequestContext, ServerNotifier } from '@portico-mcp/core'
import type { Logger } from './logger.ts'
import type { MCPServer, MCPServerConstructorOptions } from './mcp-server.ts'
import type { HTTPServerOptions } from './options.ts'

/** The context that a factory is called with. */
export interface HTTPServerContext extends McpRequestContext {
  /** Writes log lines that name the request. */
  logger: Logger
  /** Announces changes to the clients that listen. */
  notify: ServerNotifier
}

/** Builds a new server for each request, or for each session. */
export type HTTPServerFactory = (context: HTTPServerContext) => BuiltServer | Promise<BuiltServer>

/** Defines a server in one object, together with the options of `createHTTPServer`. */
export interface HTTPServerDefinition extends MCPServerConstructorOptions, HTTPServerOptions {
  /** Registers tools, resources and prompts; called for each server that is built. @defaultValue none */
  setup?: ((server: MCPServer, context: HTTPServerContext) => void | Promise<void>) | undefined
}

/** What `createHTTPServer` serves: a definition, a factory, or a handler. */
export type HTTPServerInput = HTTPServerDefinition | HTTPServerFactory | FetchHandler
