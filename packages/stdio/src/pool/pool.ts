import type { InitializeResult, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { McpServerLike } from '@portico-mcp/core'
import { identifyPrincipal, reporter, sha256 } from '@portico-mcp/core/internal'
import { readOptions, type StdioServerOptions, type StdioSettings } from '../options.ts'
import type { Launch } from '../process/child-transport.ts'
import { buildEnvironment } from '../process/environment.ts'
import { RelayServer } from '../relay/relay-server.ts'
import type { LeaseRequest, UpstreamSource } from '../relay/upstream-source.ts'
import { BoundedMap } from '../utils/bounded-map.ts'
import { LeaseQueue } from './lease-queue.ts'
import { createProcessRequest, type ProcessRequest } from './process-request.ts'
import { Workers } from './workers.ts'

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

/** How many answers to `initialize` are kept. */
const MAX_INTRODUCTIONS = 256

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

/** The pool behind `createStdioPool` and `stdioServer`. */
export class Pool implements StdioPool {
  /** Called when the last process has ended. */
  onempty: () => void = () => {}
  readonly #settings: StdioSettings
  readonly #workers: Workers
  readonly #queue: LeaseQueue
  readonly #introductions = new BoundedMap<InitializeResult>(MAX_INTRODUCTIONS)

  constructor(settings: StdioSettings) {
    this.#settings = settings
    this.#workers = new Workers(settings, {
      onerror: reporter(settings.onerror),
      onfree: () => {
        this.#queue.serve()
        if (this.#workers.size === 0 && this.#queue.size === 0) this.onempty()
      },
    })
    this.#queue = new LeaseQueue(settings, this.#workers)
  }

  get status(): StdioPoolStatus {
    const { size, used, started, crashed } = this.#workers
    return { processes: size, used, queued: this.#queue.size, started, crashed }
  }

  createServer({ env = {} }: StdioLaunchOptions = {}): McpServerLike {
    const { command, args, cwd, inheritEnv } = this.#settings
    const environment = buildEnvironment({ ...this.#settings.env, ...env }, inheritEnv)
    return new RelayServer(this.#createSource({ command, args, cwd, env: environment }))
  }

  async close(): Promise<void> {
    const closing = this.#workers.close()
    this.#queue.close()
    await closing
  }

  #createSource(launch: Launch): UpstreamSource {
    const launchKey = sha256(JSON.stringify(launch))
    const complete = (request: LeaseRequest): ProcessRequest =>
      createProcessRequest(request, launch, launchKey)
    return {
      readCaller: (extra) => this.#readCaller(extra),
      findIntroduction: (request) => this.#introductions.get(complete(request).clientKey),
      findLease: (request) => this.#workers.findShared(complete(request)),
      lease: (request) => {
        const { clientKey } = complete(request)
        const { lease, cancel } = this.#queue.lease(complete(request))
        const remember = (introduction: InitializeResult): void =>
          this.#introductions.set(clientKey, introduction)
        lease.then(
          ({ introduction }) => request.ownVersion ?? remember(introduction),
          () => {},
        )
        return { lease, cancel }
      },
    }
  }

  #readCaller(extra: MessageExtraInfo | undefined): string {
    const { authInfo, requestInfo } = extra ?? {}
    const { caller } = this.#settings
    return caller ? caller({ authInfo, headers: requestInfo?.headers ?? {} }) : identifyPrincipal(authInfo)
  }
}
