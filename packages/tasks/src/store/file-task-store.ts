import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  KeyedQueue,
  optionRules,
  type Rules,
  reporter,
  sha256,
  validateOptions,
} from '@portico-mcp/core/internal'
import { InMemoryTaskStore } from './in-memory-task-store.ts'
import { readTaskFile, removeTaskFile, UNFINISHED, writeTaskFile } from './task-file.ts'
import type { CreateTaskOutcome, StoredTask, TaskLimits, TaskPage, TaskStore } from './task-store.ts'

/** Options of {@link FileTaskStore}. */
export interface FileTaskStoreOptions {
  /** The path of the folder, with one file for each task. It is created if it does not exist. */
  folder: string
  /**
   * Called for each file that cannot be read, with an error that names the file. The task of that file is lost, and the
   * file is renamed to `<name>.corrupt`. @defaultValue `console.error`
   */
  onerror?: ((error: Error) => void) | undefined
}

const RULES: Rules<keyof FileTaskStoreOptions> = {
  folder: optionRules.text,
  onerror: optionRules.callback,
}

const EXTENSION = '.task.json'
const SWEEP_MS = 60_000

/**
 * Stores tasks in a folder, so that they survive restarts of a server. Only one process may use a folder at a time; for
 * several, use Redis or DynamoDB. When a method resolves, its writes have reached the disk. Give `tasks()` or the handler
 * keys, or the next process cannot read what this one has stored.
 *
 * @example
 * ```ts
 * import { FileTaskStore } from '@portico-mcp/tasks/file'
 *
 * export const store = new FileTaskStore({ folder: './tasks' })
 * ```
 */
export class FileTaskStore implements TaskStore {
  readonly #folder: string
  readonly #report: (error: unknown) => void
  /** All tasks. A file is written before its task is seen here, except for a new one. */
  readonly #tasks = new InMemoryTaskStore()
  /** The ids of the tasks that have a file. */
  readonly #files = new Set<string>()
  readonly #queue = new KeyedQueue(() => this.#open())
  #sweptAt = Date.now()

  /** @throws TypeError for an unknown option, or if `folder` is missing. */
  constructor(options: FileTaskStoreOptions) {
    validateOptions('FileTaskStore', options, RULES)
    if (options.folder === undefined)
      throw new TypeError('FileTaskStore: folder must be the path of a folder (got undefined)')
    this.#folder = options.folder
    this.#report = reporter(options.onerror ?? console.error)
  }

  createTask(task: StoredTask, limits: TaskLimits): Promise<CreateTaskOutcome> {
    return this.#queue.run(task.taskId, async () => {
      await this.#sweep()
      const outcome = await this.#tasks.createTask(task, limits)
      if (outcome !== 'created') return outcome
      try {
        await this.#write(task)
      } catch (error) {
        await this.#tasks.deleteTask(task.taskId)
        throw error
      }
      return outcome
    })
  }

  getTask(taskId: string): Promise<StoredTask | undefined> {
    return this.#queue.run(taskId, () => this.#tasks.getTask(taskId))
  }

  updateTask(task: StoredTask): Promise<boolean> {
    return this.#queue.run(task.taskId, async () => {
      const stored = await this.#tasks.getTask(task.taskId)
      if (stored?.version !== task.version - 1) return false
      const { owner, createdAt } = stored
      await this.#write({ ...task, owner, createdAt })
      return this.#tasks.updateTask(task)
    })
  }

  async listTasks(owner: string, page: { limit: number; cursor?: string | undefined }): Promise<TaskPage> {
    await this.#queue.ready()
    return this.#tasks.listTasks(owner, page)
  }

  deleteTask(taskId: string): Promise<void> {
    return this.#queue.run(taskId, () => this.#remove(taskId))
  }

  async #open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const unlimited = { perOwner: Number.POSITIVE_INFINITY, total: Number.POSITIVE_INFINITY }
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name)
      // A process that ended during a write left this file behind.
      if (name.endsWith(`${EXTENSION}${UNFINISHED}`)) await removeTaskFile(path)
      if (!name.endsWith(EXTENSION)) continue
      const task = await readTaskFile(path, this.#report)
      if (!task) continue
      if (task.expiresAt <= Date.now()) await removeTaskFile(path)
      else await this.#tasks.createTask(task, unlimited)
      this.#files.add(task.taskId)
    }
  }

  async #write(task: StoredTask): Promise<void> {
    this.#files.add(task.taskId)
    await writeTaskFile(this.#getPath(task.taskId), task)
  }

  async #remove(taskId: string): Promise<void> {
    await this.#tasks.deleteTask(taskId)
    await removeTaskFile(this.#getPath(taskId))
    this.#files.delete(taskId)
  }

  /** Removes the files of expired tasks. */
  async #sweep(): Promise<void> {
    if (Date.now() - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = Date.now()
    for (const taskId of this.#files) {
      if (!(await this.#tasks.getTask(taskId))) await this.#remove(taskId)
    }
  }

  // An id may have characters that file systems reject, so the file name is its digest.
  #getPath(taskId: string): string {
    return join(this.#folder, `${sha256(taskId)}${EXTENSION}`)
  }
}
