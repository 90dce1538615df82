import type { McpServerLike } from '@portico-mcp/core'
import { readOptions, type StdioServerOptions, type StdioSettings } from '../options.ts'
import { createChildLaunch } from '../process/child-launch.ts'
import { ConnectionPool } from './connection-pool.ts'

/** Options of one server of a pool. */
export type StdioLaunchOptions = Pick<StdioServerOptions, 'env'>

/** The processes of a pool now, and since it was created. */
export interface StdioPoolStatus {
  /** Processes that run, spare ones included. */
  readonly processes: number
  /** Processes that serve a request or belong to a session. */
  readonly used: number
  /** Requests that wait for a process. */
  readonly queued: number
  /** Processes that were started so far. */
  readonly started: number
  /** Processes that have ended unexpectedly so far. */
  readonly crashed: number
}

/** Processes of one stdio server. */
export interface StdioPool {
  /**
   * Creates the server of a factory: `createMcpHandler(() => pool.createServer())`.
   *
   * @param options - `env` is added to the environment of the pool. Servers with another environment share no process.
   */
  createServer(options?: StdioLaunchOptions): McpServerLike
  readonly status: StdioPoolStatus
  /** Stops all processes. Requests in flight fail. */
  close(): Promise<void>
}

/**
 * Creates processes that you can stop, and whose state you can read. Otherwise it does what `stdioServer` does.
 *
 * @param options - See {@link StdioServerOptions}.
 * @throws TypeError or RangeError, as `stdioServer` does.
 *
 * @example
 * ```ts
 * import { createMcpHandler } from '@portico-mcp/core'
 * import { createStdioPool } from '@portico-mcp/stdio'
 *
 * const pool = createStdioPool({ command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory'] })
 * const handler = createMcpHandler(() => pool.createServer())
 *
 * await handler.close()
 * await pool.close()
 * ```
 */
export function createStdioPool(options: StdioServerOptions): StdioPool {
  return new Pool(readOptions('createStdioPool', options))
}

class Pool implements StdioPool {
  readonly #settings: StdioSettings
  readonly #connections: ConnectionPool

  constructor(settings: StdioSettings) {
    this.#settings = settings
    this.#connections = new ConnectionPool(settings)
  }

  get status(): StdioPoolStatus {
    const { workers, queue } = this.#connections
    const { size, used, started, crashed } = workers
    return { processes: size, used, queued: queue.size, started, crashed }
  }

  createServer({ env = {} }: StdioLaunchOptions = {}): McpServerLike {
    const launch = createChildLaunch({ ...this.#settings, env: { ...this.#settings.env, ...env } })
    return this.#connections.createServer(() => launch)
  }

  close(): Promise<void> {
    return this.#connections.close()
  }
}
