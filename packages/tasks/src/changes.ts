import type { Result } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionContext } from '@portico-mcp/core'

const WAKE = 'wake '

/** Called with a task that has changed; without it where a waiting listener has to look for itself. */
type Listener = (task?: Result) => void

/** Carries changes of tasks to the processes and clients that wait for them. */
export class Changes {
  readonly #onwake: (taskId: string) => void
  readonly #waiting = new Map<string, Set<Listener>>()
  #host: ExtensionContext | undefined
  #unsubscribe: (() => void) | undefined

  /** @param onwake - Called when another process has changed a task. */
  constructor(onwake: (taskId: string) => void) {
    this.#onwake = onwake
  }

  open(host: ExtensionContext): void {
    this.#host = host
  }

  close(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    for (const taskId of [...this.#waiting.keys()]) this.#notify(taskId)
  }

  /** Listens to what other processes change. */
  listen(): void {
    this.#unsubscribe ??= this.#host?.subscribe((topic, { params }) => {
      if (topic.startsWith(WAKE)) this.#onwake(topic.slice(WAKE.length))
      else this.#notify(topic, params as Result | undefined)
    })
  }

  /** Tells everybody who listens to a task what has become of it. */
  announce(taskId: string, task: Result): void {
    this.#host?.publish(taskId, { method: 'notifications/tasks', params: task })
    this.#notify(taskId, task)
  }

  /**
   * Calls back with the task when it changes, on whichever node; a change may be told twice.
   *
   * @returns A function that ends it.
   */
  follow(taskId: string, listener: (task: Result) => void): () => void {
    this.listen()
    return this.#add(taskId, (task) => task && listener(task))
  }

  /** Has the process that runs a task read its record. */
  wake(taskId: string): void {
    this.#host?.publish(`${WAKE}${taskId}`, { method: 'notifications/tasks' })
  }

  /** Resolves when a task changes, when the signal aborts, and after `timeoutMs` at the latest. */
  async next(taskId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.listen()
    let end: (() => void) | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let done: (() => void) | undefined
    try {
      await new Promise<void>((resolve) => {
        done = () => resolve()
        end = this.#add(taskId, done)
        timer = setTimeout(done, timeoutMs)
        signal?.addEventListener('abort', done, { once: true })
        if (signal?.aborted) resolve()
      })
    } finally {
      clearTimeout(timer)
      end?.()
      if (done) signal?.removeEventListener('abort', done)
    }
  }

  #add(taskId: string, listener: Listener): () => void {
    const listeners = this.#waiting.get(taskId) ?? new Set()
    this.#waiting.set(taskId, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#waiting.get(taskId) === listeners) this.#waiting.delete(taskId)
    }
  }

  #notify(taskId: string, task?: Result): void {
    for (const listener of this.#waiting.get(taskId) ?? []) listener(task)
  }
}
