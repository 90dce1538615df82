import type { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { z as Zod } from 'zod'

/**
 * The classes and the schema library that the fixture uses. The audits depend on neither the SDK nor zod, so they test the
 * versions of the caller.
 */
export interface AuditFixtureParts {
  /** The SDK's `McpServer`, or Portico's. */
  McpServer: new (
    ...args: ConstructorParameters<typeof McpServer>
  ) => McpServer
  /** The SDK's `ResourceTemplate`. */
  ResourceTemplate: typeof ResourceTemplate
  /** zod, version 4. */
  z: typeof Zod
}
