import type { McpServerLike } from '@portico-mcp/core'
import { readOptions, type StdioServerOptions } from './options.ts'
import { ConnectionPool } from './pool/connection-pool.ts'
import { findPool } from './pool/pools.ts'
import { createChildLaunch } from './process/child-launch.ts'

/**
 * Creates the server of a factory that passes every message on to a stdio server: a command that speaks MCP over its
 * standard input and output. Call it in the factory, for each request. Calls with the same options share their
 * processes; a session has its own.
 *
 * @param options - See {@link StdioServerOptions}.
 * @throws TypeError for an unknown option or a value of the wrong type, RangeError for a number out of its range.
 *
 * @example
 * ```ts
 * import { createMcpHandler } from '@portico-mcp/core'
 * import { stdioServer } from '@portico-mcp/stdio'
 *
 * export const handler = createMcpHandler(() =>
 *   stdioServer({ command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] }),
 * )
 * ```
 */
export function stdioServer(options: StdioServerOptions): McpServerLike {
  const settings = readOptions('stdioServer', options)
  // Processes with different environments count as those of one pool.
  const { env: _, ...shared } = settings
  const pool = findPool('stdioServer', shared, () => new ConnectionPool(settings))
  const launch = createChildLaunch(settings)
  return pool.createServer(() => launch)
}
