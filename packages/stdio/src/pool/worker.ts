import type { InitializeResult } from '@modelcontextprotocol/sdk/types.js'
import type { PoolSettings } from '../options.ts'
import { completeHandshake, type Handshake } from '../relay/handshake.ts'
import { Upstream } from '../relay/upstream.ts'
import type { Launch, ManagedTransport } from './launch.ts'

/** What a pool does when something happens to a worker. */
export interface WorkerListener {
  onerror(error: Error): void
  /** Its process has ended. */
  onend(worker: Worker): void
}

/** One process of a pool. */
export class Worker {
  readonly transport: ManagedTransport
  readonly upstream: Upstream
  readonly launch: Launch
  /** The key by which requests share it; undefined for a worker with one user, and for a spare one. */
  sharedKey: string | undefined
  /** The caller that it counts for; undefined for a spare worker. */
  caller: string | undefined
  /** The number of relays that use it. */
  users = 0
  /** Whether it was told to stop. */
  isStopping = false
  /** When it was used last, as `performance.now()`. */
  usedAt: number = performance.now()
  /** Resolves once it has answered `initialize`. */
  opening: Promise<InitializeResult> | undefined
  readonly #started: Promise<void>
  readonly #startedAt = performance.now()
  readonly #settings: PoolSettings

  constructor(launch: Launch, settings: PoolSettings, listener: WorkerListener) {
    this.launch = launch
    this.#settings = settings
    this.transport = launch.createTransport()
    this.upstream = new Upstream(this.transport, {
      onerror: (error) => listener.onerror(error),
      onend: () => listener.onend(this),
      onbusy: (isBusy) => {
        this.transport.isActive = isBusy
      },
    })
    this.#started = this.transport.start()
    // It is reported by `open`.
    this.#started.catch(() => {})
  }

  get isReady(): boolean {
    return this.upstream.introduction !== undefined && !this.isStopping && !this.upstream.isOver
  }

  /** Milliseconds since it was started. */
  get ageMs(): number {
    return performance.now() - this.#startedAt
  }

  /** Introduces the server and a client to each other. */
  open(handshake: Handshake): Promise<InitializeResult> {
    this.opening ??= this.#open(handshake)
    return this.opening
  }

  /** Stops the process; resolves once it has ended. */
  stop(): Promise<void> {
    this.isStopping = true
    return this.upstream.close()
  }

  async #open(handshake: Handshake): Promise<InitializeResult> {
    const { startTimeoutMs } = this.#settings
    await this.#started
    const timer = setTimeout(
      () => this.transport.kill(`did not answer initialize within ${startTimeoutMs} ms`),
      startTimeoutMs,
    )
    try {
      const introduction = await completeHandshake(this.upstream, handshake)
      if (!this.upstream.isBusy) this.transport.isActive = false
      return introduction
    } catch (error) {
      void this.stop()
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}
