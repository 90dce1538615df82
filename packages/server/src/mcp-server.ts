import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { McpServerOptions } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import { McpServer } from '@portico-mcp/core'

/** Name, version and further information about a server. */
export interface MCPServerConstructorOptions
  extends Pick<Implementation, 'name' | 'version'>,
    OrUndefined<Pick<Implementation, 'title' | 'description' | 'websiteUrl' | 'icons'>>,
    OrUndefined<Pick<McpServerOptions, 'instructions' | 'capabilities'>> {}

/** The members of a type of the SDK, each of which may also be undefined. */
type OrUndefined<T> = { [K in keyof T]: T[K] | undefined }

/** The `McpServer` of `@portico-mcp/core`, created from one object. */
export class MCPServer extends McpServer {
  /** @param options - See {@link MCPServerConstructorOptions}. */
  constructor({ instructions, capabilities, ...serverInfo }: MCPServerConstructorOptions) {
    super(serverInfo, {
      ...(instructions !== undefined && { instructions }),
      ...(capabilities && { capabilities }),
    })
  }

  /** Returns the low-level server, to set your own request handlers. A factory may return it. */
  getServer(): Server {
    return this.server
  }
}

// core checks with each request that a subclass replaces no method of the SDK, and need not if it cannot
Object.freeze(MCPServer.prototype)
