/** A task as a store keeps it. What the task does, for whom and with which result is encrypted in `value`. */
export interface StoredTask {
  /** Visible ASCII (0x21 to 0x7E), at most 256 characters. */
  readonly taskId: string
  /** A digest of the caller that the task belongs to: visible ASCII, at most 256 characters. */
  readonly owner: string
  /** The number of writes before this one: 0 when the task is created. */
  readonly version: number
  /** When the task was created, in milliseconds since the epoch. */
  readonly createdAt: number
  /** When the task expires, in milliseconds since the epoch. */
  readonly expiresAt: number
  /** Text of at most 350 kB. */
  readonly value: string
}

/** How many tasks may exist at the same time. */
export interface TaskLimits {
  /** The largest number of tasks of one owner. */
  perOwner: number
  /** The largest number of tasks in the store. A store that cannot count them ignores the limit, and says so. */
  total: number
}

/** What became of a task that should be created. */
export type CreateTaskOutcome = 'created' | 'exists' | 'owner-full' | 'full'

/** A page of tasks. */
export interface TaskPage {
  readonly tasks: readonly StoredTask[]
  /** Where the next page begins; undefined after the last page. */
  readonly nextCursor?: string | undefined
}

/**
 * Stores tasks. An implementation needs no knowledge of MCP.
 *
 * Every method rejects if the storage cannot be reached or does not answer in reasonable time. A failure must never look
 * like a missing task. An expired task does not exist for any method, even if the storage has not removed it yet. A task
 * that a method has written is seen by the next method on any node.
 *
 * To test an implementation, run `taskStoreContract` of `@portico-mcp/tasks/contract`.
 */
export interface TaskStore {
  /** Creates a task atomically: of two concurrent calls with the same id, only one succeeds. */
  createTask(task: StoredTask, limits: TaskLimits): Promise<CreateTaskOutcome>
  /** Reads a task. Resolves with `undefined` or `null` if it does not exist. */
  getTask(taskId: string): Promise<StoredTask | undefined | null>
  /**
   * Replaces a task atomically if the stored one has the version before it. Its owner and its time of creation stay the
   * same; `expiresAt` may change.
   *
   * @param task - The task with its new version, which is the stored version plus 1.
   * @returns `false` if the stored task has another version, or does not exist. Nothing is changed then.
   */
  updateTask(task: StoredTask): Promise<boolean>
  /**
   * Lists the tasks of an owner, the newest first. Tasks that are created or deleted meanwhile may be missing, the others
   * are listed exactly once.
   *
   * @param page - `limit`: the largest number of tasks (1 to 100); `cursor`: the `nextCursor` of the page before. An
   *   unknown cursor begins at the first task.
   */
  listTasks(owner: string, page: { limit: number; cursor?: string | undefined }): Promise<TaskPage>
  /** Deletes a task. Does nothing if it does not exist. */
  deleteTask(taskId: string): Promise<void>
  /** Closes connections that the store has opened itself. */
  close?(): Promise<void>
}
