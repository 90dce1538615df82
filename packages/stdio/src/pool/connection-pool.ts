import type { InitializeResult, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { McpServerLike } from '@portico-mcp/core'
import { identifyPrincipal, reporter } from '@portico-mcp/core/internal'
import type { PoolSettings } from '../options.ts'
import { RelayServer } from '../relay/relay-server.ts'
import type { LeaseRequest, UpstreamSource } from '../relay/upstream-source.ts'
import { BoundedMap } from '../utils/bounded-map.ts'
import type { Launch } from './launch.ts'
import { LeaseQueue } from './lease-queue.ts'
import { createProcessRequest, type ProcessRequest } from './process-request.ts'
import { Workers } from './workers.ts'

/** How many answers to `initialize` are kept. */
const MAX_INTRODUCTIONS = 256

/** Connections to servers: processes, or remote servers. */
export class ConnectionPool {
  /** Called when the last connection has ended. */
  onempty: () => void = () => {}
  readonly workers: Workers
  readonly queue: LeaseQueue
  readonly #settings: PoolSettings
  readonly #introductions = new BoundedMap<InitializeResult>(MAX_INTRODUCTIONS)

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.workers = new Workers(settings, {
      onerror: reporter(settings.onerror),
      onfree: () => {
        this.queue.serve()
        if (this.workers.size === 0 && this.queue.size === 0) this.onempty()
      },
    })
    this.queue = new LeaseQueue(settings, this.workers)
  }

  /** @param findLaunch - Returns how the connection of a caller is opened. */
  createServer(findLaunch: (extra: MessageExtraInfo | undefined) => Launch): McpServerLike {
    return new RelayServer(this.#createSource(findLaunch))
  }

  async close(): Promise<void> {
    const closing = this.workers.close()
    this.queue.close()
    await closing
  }

  #createSource(findLaunch: (extra: MessageExtraInfo | undefined) => Launch): UpstreamSource {
    const complete = (request: LeaseRequest): ProcessRequest =>
      createProcessRequest(request, findLaunch(request.extra), this.#readCaller(request.extra))
    return {
      findIntroduction: (request) => this.#introductions.get(complete(request).clientKey),
      findLease: (request) => this.workers.findShared(complete(request)),
      lease: (request) => {
        const completed = complete(request)
        const { lease, cancel } = this.queue.lease(completed)
        lease.then(
          ({ introduction }) => this.#remember(completed, introduction),
          () => {},
        )
        return { lease, cancel }
      },
    }
  }

  #remember({ ownVersion, clientKey }: ProcessRequest, introduction: InitializeResult): void {
    if (ownVersion === undefined) this.#introductions.set(clientKey, introduction)
  }

  #readCaller(extra: MessageExtraInfo | undefined): string {
    const { authInfo, requestInfo } = extra ?? {}
    const { caller } = this.#settings
    return caller ? caller({ authInfo, headers: requestInfo?.headers ?? {} }) : identifyPrincipal(authInfo)
  }
}
