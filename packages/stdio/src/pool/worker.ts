import type { InitializeRequest, InitializeResult } from '@modelcontextprotocol/sdk/types.js'
import type { StdioSettings } from '../options.ts'
import { ChildTransport, type Launch } from '../process/child-transport.ts'
import { Upstream } from '../relay/upstream.ts'

/** What a pool does when something happens to a worker. */
export interface WorkerListener {
  onerror(error: Error): void
  /** Its process has ended. */
  onend(worker: Worker): void
}

/** One process of a pool. */
export class Worker {
  readonly transport: ChildTransport
  readonly upstream: Upstream
  /** The key of the launch. */
  readonly launchKey: string
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
  readonly #settings: StdioSettings

  constructor(launch: Launch, launchKey: string, settings: StdioSettings, listener: WorkerListener) {
    this.launchKey = launchKey
    this.#settings = settings
    const { command } = launch
    this.transport = new ChildTransport(launch, {
      ...settings,
      onstderr: (text, pid) => settings.onstderr({ text, command, pid }),
    })
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
  open(params: InitializeRequest['params'], completes: boolean): Promise<InitializeResult> {
    this.opening ??= this.#open(params, completes)
    return this.opening
  }

  /** Stops the process; resolves once it has ended. */
  stop(): Promise<void> {
    this.isStopping = true
    return this.upstream.close()
  }

  async #open(params: InitializeRequest['params'], completes: boolean): Promise<InitializeResult> {
    const { startTimeoutMs } = this.#settings
    await this.#started
    const timer = setTimeout(
      () => this.transport.kill(`did not answer initialize within ${startTimeoutMs} ms`),
      startTimeoutMs,
    )
    try {
      const introduction = await this.upstream.open(params, completes)
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
