import type { McpServerLike } from '@portico-mcp/core'
import { readOptions, type StdioServerOptions } from './options.ts'
import { Pool } from './pool/pool.ts'

/** How many pools `stdioServer` keeps at once. */
const MAX_POOLS = 256

const pools = new Map<string, Pool>()

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
 * export default createMcpHandler(() =>
 *   stdioServer({ command: 'npx', args: ['-y', '@modelcontextprotocol/server-everything'] }),
 * )
 * ```
 */
export function stdioServer(options: StdioServerOptions): McpServerLike {
  const settings = readOptions('stdioServer', options)
  const { env, ...shared } = settings
  // Functions that are written in a factory differ in each call, so they do not tell pools apart.
  const key = JSON.stringify(shared)
  let pool = pools.get(key)
  if (!pool) {
    if (pools.size >= MAX_POOLS) {
      throw new Error(
        `stdioServer: ${MAX_POOLS} servers with different options run already; use createStdioPool, and close pools`,
      )
    }
    pool = new Pool({ ...settings, env: {} })
    pool.onempty = () => pools.delete(key)
    pools.set(key, pool)
  }
  return pool.createServer({ env })
}
