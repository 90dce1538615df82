import type { InitializeResult } from '@modelcontextprotocol/sdk/types.js'
import { SUPPORTED_PROTOCOL_VERSIONS, toError } from '@portico-mcp/core/internal'
import type { PoolSettings } from '../options.ts'
import { cannotStart } from '../refusals.ts'
import type { Lease } from '../relay/upstream-source.ts'
import { HealthChecks } from './health-checks.ts'
import type { Launch } from './launch.ts'
import { type ProcessRequest, sharedKeyOf } from './process-request.ts'
import { RestartDelays } from './restart-delays.ts'
import { Worker } from './worker.ts'

/** A process that has lived this long is not taken for one that ends again and again. */
const HEALTHY_AGE_MS = 10_000

/** Listens to {@link Workers}. */
export interface WorkersListener {
  onerror(error: unknown): void
  /** A request that waits may be served now. */
  onfree(): void
}

/** The processes of a pool. */
export class Workers {
  readonly delays: RestartDelays = new RestartDelays()
  started = 0
  crashed = 0
  isClosed = false
  readonly #settings: PoolSettings
  readonly #listener: WorkersListener
  readonly #all = new Set<Worker>()
  readonly #shared = new Map<string, Worker>()
  readonly #spare: Worker[] = []
  readonly #checks: HealthChecks

  constructor(settings: PoolSettings, listener: WorkersListener) {
    this.#settings = settings
    this.#listener = listener
    this.#checks = new HealthChecks(settings, this.#all)
  }

  get size(): number {
    return this.#all.size
  }

  get used(): number {
    return [...this.#all].filter(({ users }) => users > 0).length
  }

  /** Returns the use of the process that a request shares, if it runs. */
  findShared(request: ProcessRequest): Lease | undefined {
    const key = sharedKeyOf(request, this.#settings.share)
    const worker = key === undefined ? undefined : this.#shared.get(key)
    return worker?.isReady ? this.#use(worker) : undefined
  }

  /**
   * Starts a process, or shares one.
   *
   * @param waiting - The number of requests that wait.
   * @returns undefined if there is no room. Idle processes are stopped then, and `onfree` is called when one has ended.
   */
  acquire(request: ProcessRequest, waiting: number): Promise<Lease> | undefined {
    const key = sharedKeyOf(request, this.#settings.share)
    const worker = (key !== undefined && this.#shared.get(key)) || this.#start(request, key, waiting)
    return worker && this.#open(worker, request)
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all([...this.#all].map((worker) => this.#stop(worker)))
  }

  #start(request: ProcessRequest, key: string | undefined, waiting: number): Worker | undefined {
    const { maxProcesses, maxProcessesPerCaller } = this.#settings
    const all = [...this.#all]
    const own = all.filter(({ caller }) => caller === request.caller)
    if (request.caller !== '' && own.length >= maxProcessesPerCaller) return this.#evict(own, waiting)
    const spare = this.#takeSpare(request.launch)
    if (!spare && all.length >= maxProcesses) return this.#evict(all, waiting)
    const worker = spare ?? this.#spawn(request)
    worker.caller = request.caller
    worker.sharedKey = key
    if (key !== undefined) this.#shared.set(key, worker)
    return worker
  }

  /** Stops the process that is idle for the longest time. */
  #evict(workers: Worker[], waiting: number): undefined {
    const idle = workers.filter(({ users, isStopping }) => users === 0 && !isStopping)
    const [oldest] = idle.sort((one, other) => one.usedAt - other.usedAt)
    const stopping = workers.filter(({ isStopping }) => isStopping).length
    if (oldest && stopping <= waiting) void this.#stop(oldest)
  }

  #takeSpare({ key }: Launch): Worker | undefined {
    const index = this.#spare.findIndex(({ launch }) => launch.key === key)
    return index === -1 ? undefined : this.#spare.splice(index, 1)[0]
  }

  #spawn({ launch }: ProcessRequest): Worker {
    this.started++
    const worker = new Worker(launch, this.#settings, {
      onerror: (error) => this.#listener.onerror(error),
      onend: (ended) => this.#onend(ended),
    })
    this.#all.add(worker)
    this.#checks.start()
    return worker
  }

  async #open(worker: Worker, request: ProcessRequest): Promise<Lease> {
    const { client, ownVersion, launch } = request
    const protocolVersion = ownVersion ?? (SUPPORTED_PROTOCOL_VERSIONS[0] as string)
    worker.users++
    try {
      await worker.open({
        params: { protocolVersion, ...client },
        completes: ownVersion === undefined,
        discovers: launch.discovers && ownVersion === undefined,
      })
      this.#fillSpare(request)
      return this.#use(worker)
    } catch (error) {
      const { lastLog } = worker.transport
      throw cannotStart(new Error(`${launch.name}: ${toError(error).message}${lastLog && `\n${lastLog}`}`))
    } finally {
      worker.users--
    }
  }

  #fillSpare(request: ProcessRequest): void {
    const { spareProcesses, maxProcesses } = this.#settings
    while (this.#spare.length < spareProcesses && this.#all.size < maxProcesses && !this.isClosed) {
      this.#spare.push(this.#spawn(request))
    }
  }

  #use(worker: Worker): Lease {
    worker.users++
    let isReleased = false
    return {
      upstream: worker.upstream,
      introduction: worker.upstream.introduction as InitializeResult,
      release: () => {
        if (!isReleased) this.#release(worker)
        isReleased = true
      },
    }
  }

  #release(worker: Worker): void {
    worker.users--
    worker.usedAt = performance.now()
    if (worker.users > 0 || worker.isStopping || worker.upstream.isOver) return
    if (worker.sharedKey === undefined) void this.#stop(worker)
    else this.#stopWhenIdle(worker)
    this.#listener.onfree()
  }

  #stopWhenIdle(worker: Worker): void {
    const { usedAt } = worker
    const timer = setTimeout(() => {
      if (worker.users === 0 && worker.usedAt === usedAt) void this.#stop(worker)
    }, this.#settings.idleTimeoutMs)
    timer.unref()
  }

  async #stop(worker: Worker): Promise<void> {
    this.#retire(worker)
    await worker.stop().catch((error) => this.#listener.onerror(error))
  }

  /** Gives a worker to no further request. */
  #retire(worker: Worker): void {
    const { sharedKey } = worker
    if (sharedKey !== undefined && this.#shared.get(sharedKey) === worker) this.#shared.delete(sharedKey)
    const spare = this.#spare.indexOf(worker)
    if (spare !== -1) this.#spare.splice(spare, 1)
  }

  #onend(worker: Worker): void {
    this.#retire(worker)
    this.#all.delete(worker)
    if (this.#all.size === 0) this.#checks.stop()
    const { isStopping, launch, ageMs, transport } = worker
    if (ageMs >= HEALTHY_AGE_MS) this.delays.recovered(launch.key)
    if (!isStopping) {
      this.crashed++
      this.delays.failed(launch.key)
      this.#listener.onerror(new Error(`${launch.name}: the server ${transport.failure}`))
    }
    this.#listener.onfree()
  }
}
