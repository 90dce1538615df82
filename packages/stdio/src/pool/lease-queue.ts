import type { PoolSettings } from '../options.ts'
import { allBusy, poolClosed, startsLater } from '../refusals.ts'
import type { Lease, PendingLease } from '../relay/upstream-source.ts'
import type { ProcessRequest } from './process-request.ts'
import type { Workers } from './workers.ts'

interface Waiting {
  readonly request: ProcessRequest
  resolve(lease: Promise<Lease>): void
  reject(error: Error): void
  timer: ReturnType<typeof setTimeout>
}

/** The requests that wait for a process, in the order in which they came. */
export class LeaseQueue {
  readonly #settings: PoolSettings
  readonly #workers: Workers
  readonly #waiting = new Set<Waiting>()

  constructor(settings: PoolSettings, workers: Workers) {
    this.#settings = settings
    this.#workers = workers
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Waits for a process. The promise rejects with a `Refusal` if none is free in time. */
  lease(request: ProcessRequest): PendingLease {
    const { maxQueue, queueTimeoutMs } = this.#settings
    const delay = this.#workers.delays.remaining(request.launch.key)
    const refuse = (refusal: Error): PendingLease => ({ lease: Promise.reject(refusal), cancel: () => {} })
    if (this.#workers.isClosed) return refuse(poolClosed())
    if (delay > queueTimeoutMs) return refuse(startsLater(delay))
    const acquired = delay === 0 ? this.#workers.acquire(request, this.size) : undefined
    if (acquired) return { lease: acquired, cancel: () => {} }
    if (this.size >= maxQueue) return refuse(allBusy())
    if (delay > 0) setTimeout(() => this.serve(), delay)
    return this.#wait(request)
  }

  /** Serves the requests for which there is a process now. */
  serve(): void {
    for (const waiting of this.#waiting) {
      const { request, resolve } = waiting
      if (this.#workers.delays.remaining(request.launch.key) > 0) continue
      const acquired = this.#workers.acquire(request, this.size)
      if (!acquired) continue
      this.#remove(waiting)
      resolve(acquired)
    }
  }

  close(): void {
    for (const waiting of this.#waiting) {
      this.#remove(waiting)
      waiting.reject(poolClosed())
    }
  }

  #wait(request: ProcessRequest): PendingLease {
    let waiting: Waiting | undefined
    const lease = new Promise<Lease>((resolve, reject) => {
      const expire = (): void => {
        if (waiting) this.#waiting.delete(waiting)
        reject(allBusy())
      }
      waiting = { request, resolve, reject, timer: setTimeout(expire, this.#settings.queueTimeoutMs) }
      this.#waiting.add(waiting)
    })
    return { lease, cancel: () => waiting && this.#remove(waiting) }
  }

  #remove(waiting: Waiting): void {
    clearTimeout(waiting.timer)
    this.#waiting.delete(waiting)
  }
}
