import type { BuiltServer, FetchHandler, McpRequestContext, ServerNotifier } from '@portico-mcp/core'
import type { Logger } from './logger.ts'
import type { MCPServer, MCPServerConstructorOptions } from './mcp-server.ts'
import type { HTTPServerOptions } from './options.ts'

/** What is known where a server is built. */
export interface HTTPServerContext extends McpRequestContext {
  /** Writes log lines that name the request. */
  logger: Logger
  /** Announces changes to the clients that listen. */
  notify: ServerNotifier
}

/** Builds a fresh server: for each request, or each session. */
export type HTTPServerFactory = (context: HTTPServerContext) => BuiltServer | Promise<BuiltServer>

/** A server in one object, with the options of where it is served. */
export interface HTTPServerDefinition extends MCPServerConstructorOptions, HTTPServerOptions {
  /** Registers tools, resources and prompts; called for each server that is built. @defaultValue a server that has none */
  setup?: ((server: MCPServer, context: HTTPServerContext) => void | Promise<void>) | undefined
}

/** What `createHTTPServer` serves: a definition, a factory, or a handler that is complete. */
export type HTTPServerInput = HTTPServerDefinition | HTTPServerFactory | FetchHandler
