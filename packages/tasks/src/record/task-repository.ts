import { type RequestStates, requestStates } from '@portico-mcp/core/internal'
import type { TaskLimits, TaskPage, TaskStore } from '../store/task-store.ts'
import type { Owner } from './owner.ts'
import type { TaskRecord, TaskStatus } from './task-record.ts'

/** A change of a task's status. */
export interface TaskStatusChange {
  readonly taskId: string
  /** The tool that the task runs, as the client has called it. */
  readonly tool: string
  readonly status: TaskStatus
  /** The status before; undefined for a task that was created. */
  readonly before: TaskStatus | undefined
  /** When the task was created, in milliseconds since the epoch. */
  readonly createdAt: number
  /** The JSON-RPC code of the error that a task has failed with. */
  readonly errorCode: number | undefined
  /** Whether a task has completed with an error of its tool (`isError`). */
  readonly isToolError: boolean
}

/** Encrypts records, and decrypts them. */
export interface Sealer {
  seal(payload: object, expiresAt: number): Promise<string>
  unseal(sealed: string): Promise<Record<string, unknown>>
}

/** The largest value that stores take, in bytes. */
const MAX_VALUE_BYTES = 350_000
const MAX_ATTEMPTS = 50
const TYPE = 'portico-task'
// The time of a token has a precision of seconds, and the clocks of nodes differ.
const LEEWAY_MS = 60_000

/** Creates a sealer with keys of its own. */
export function createSealer(keys: readonly (string | Uint8Array)[]): Sealer {
  const states: RequestStates = requestStates({
    keys: [...keys],
    ttlMs: 1,
    maxRounds: 1,
    maxBytes: MAX_VALUE_BYTES,
  })
  return {
    seal: (payload, expiresAt) => states.encrypt(TYPE, payload, expiresAt),
    unseal: (sealed) => states.decrypt(TYPE, sealed),
  }
}

/** A task that cannot be created, because there are too many. */
export class TaskLimitError extends Error {
  readonly code: number = -32603
  readonly data = { reason: 'task-limit' }
}

/** Stores the records of tasks, encrypted, with one write at a time. */
export class TaskRepository {
  readonly #store: TaskStore
  readonly #limits: TaskLimits
  readonly #sealer: () => Sealer
  readonly #report: (error: unknown) => void
  readonly #onstatus: ((change: TaskStatusChange) => void) | undefined

  constructor(
    store: TaskStore,
    limits: TaskLimits,
    sealer: () => Sealer,
    report: (error: unknown) => void,
    onstatus?: (change: TaskStatusChange) => void,
  ) {
    this.#onstatus = onstatus
    this.#store = store
    this.#limits = limits
    this.#sealer = sealer
    this.#report = report
  }

  /** @throws TaskLimitError if the owner or the store has too many tasks. */
  async create(taskId: string, owner: Owner, record: TaskRecord): Promise<void> {
    const { createdAt } = record
    const expiresAt = createdAt + record.ttlMs
    const value = await this.#seal(taskId, record, expiresAt)
    const limits = owner.principal === '' ? { ...this.#limits, perOwner: this.#limits.total } : this.#limits
    const stored = { taskId, owner: owner.key, version: 0, createdAt, expiresAt, value }
    const outcome = await this.#store.createTask(stored, limits)
    if (outcome === 'created') return this.#tell(taskId, record)
    throw new TaskLimitError(
      outcome === 'owner-full'
        ? `The caller has ${limits.perOwner} tasks, which is the largest number`
        : 'There are too many tasks at the moment',
    )
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const stored = await this.#store.getTask(taskId)
    return stored ? this.#unseal(taskId, stored.value) : undefined
  }

  /**
   * Changes a task. The function may be called several times.
   *
   * @param change - Returns the changed record; undefined to leave it.
   * @returns The record as it is stored now, and whether it was changed; undefined if there is no such task.
   */
  async change(
    taskId: string,
    change: (record: TaskRecord) => TaskRecord | undefined,
  ): Promise<{ record: TaskRecord; isChanged: boolean } | undefined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const stored = await this.#store.getTask(taskId)
      const record = stored ? await this.#unseal(taskId, stored.value) : undefined
      if (!stored || !record) return undefined
      const changed = change(record)
      if (!changed) return { record, isChanged: false }
      const value = await this.#seal(taskId, changed, stored.expiresAt)
      if (await this.#store.updateTask({ ...stored, version: stored.version + 1, value })) {
        if (changed.status !== record.status) this.#tell(taskId, changed, record.status)
        return { record: changed, isChanged: true }
      }
    }
    throw new Error(`A task was changed ${MAX_ATTEMPTS} times by others while it was being written`)
  }

  /** Lists the tasks of an owner, the newest first. */
  async list(
    owner: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ tasks: [taskId: string, record: TaskRecord][]; nextCursor: string | undefined }> {
    const page: TaskPage = await this.#store.listTasks(owner, { limit, cursor })
    const tasks: [string, TaskRecord][] = []
    for (const { taskId, value } of page.tasks) {
      const record = await this.#unseal(taskId, value)
      if (record) tasks.push([taskId, record])
    }
    return { tasks, nextCursor: page.nextCursor }
  }

  #tell(taskId: string, { tool, status, createdAt, error, result }: TaskRecord, before?: TaskStatus): void {
    try {
      this.#onstatus?.({
        taskId,
        tool,
        status,
        before,
        createdAt,
        errorCode: error?.code,
        isToolError: result?.isError === true,
      })
    } catch (thrown) {
      this.#report(thrown)
    }
  }

  async #seal(taskId: string, record: TaskRecord, expiresAt: number): Promise<string> {
    const value = await this.#sealer().seal({ taskId, record }, expiresAt + LEEWAY_MS)
    if (value.length <= MAX_VALUE_BYTES) return value
    throw new Error(`The record of a task has ${value.length} bytes, more than ${MAX_VALUE_BYTES}`)
  }

  // A record that cannot be decrypted was written with other keys: for this handler there is no such task.
  async #unseal(taskId: string, value: string): Promise<TaskRecord | undefined> {
    try {
      const { record, taskId: id } = await this.#sealer().unseal(value)
      if (id === taskId) return record as TaskRecord
      this.#report(new Error('The record of a task belongs to another task'))
    } catch (error) {
      this.#report(error)
    }
    return undefined
  }
}
