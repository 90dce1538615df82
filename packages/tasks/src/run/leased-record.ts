import { isFinal, type TaskRecord } from '../record/task-record.ts'
import type { RunHost } from './run-host.ts'

/** The record of a task while one run has it. */
export class LeasedRecord {
  /** The record as it was last read or written. */
  current: TaskRecord
  readonly #host: RunHost
  readonly #taskId: string
  readonly #run: string
  readonly #onlost: () => void

  /**
   * @param run - The id of the run.
   * @param onlost - Called when the task has ended, does not exist any more, or another run has it.
   */
  constructor(host: RunHost, taskId: string, run: string, record: TaskRecord, onlost: () => void) {
    this.#host = host
    this.#taskId = taskId
    this.#run = run
    this.current = record
    this.#onlost = onlost
  }

  createLease(): NonNullable<TaskRecord['lease']> {
    return { run: this.#run, until: Date.now() + this.#host.settings.leaseMs }
  }

  /** Whether the run may change a record. */
  isMine(record: TaskRecord | undefined): record is TaskRecord {
    if (!record || isFinal(record)) return false
    return record.lease?.run === this.#run || record.isExternal === true
  }

  /**
   * Changes the record, if it is the run's.
   *
   * @param isShown - Whether listeners of the task are notified.
   */
  async change(
    change: (stored: TaskRecord) => TaskRecord | undefined,
    isShown: boolean = true,
  ): Promise<void> {
    const guarded = (stored: TaskRecord): TaskRecord | undefined =>
      this.isMine(stored) ? change(stored) : undefined
    const writer = isShown ? this.#host : this.#host.repository
    const changed = await writer.change(this.#taskId, guarded)
    if (changed && (changed.isChanged || this.isMine(changed.record))) this.current = changed.record
    else this.#onlost()
  }

  /** Stores the results of `once`. */
  async saveDone(done: readonly (readonly [string, { value?: unknown }])[]): Promise<void> {
    if (done.length === this.current.state.done.length) return
    await this.change((stored) => ({ ...stored, state: { ...stored.state, done } }), false)
  }

  /** Leaves the task to `complete` and `fail`. */
  async handOver(): Promise<void> {
    await this.change((stored) => ({ ...stored, isExternal: true, lease: undefined }))
  }

  /** Leaves the task to another run. */
  async release(): Promise<void> {
    await this.#host.repository.change(this.#taskId, (stored) =>
      this.isMine(stored) ? { ...stored, lease: undefined } : undefined,
    )
  }
}
