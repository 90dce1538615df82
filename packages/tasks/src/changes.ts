import type { Result } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionContext } from '@portico-mcp/core'

const WAKE = 'wake '

/** Carries changes of tasks to the processes and clients that wait for them. */
export class Changes {
  readonly #onwake: (taskId: string) => void
  readonly #waiting = new Map<string, Set<() => void>>()
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
    this.#unsubscribe ??= this.#host?.subscribe((topic) => {
      if (topic.startsWith(WAKE)) this.#onwake(topic.slice(WAKE.length))
      else this.#notify(topic)
    })
  }

  /** Tells everybody who listens to a task what has become of it. */
  announce(taskId: string, task: Result): void {
    this.#host?.publish(taskId, { method: 'notifications/tasks', params: task })
    this.#notify(taskId)
  }

  /** Has the process that runs a task read its record. */
  wake(taskId: string): void {
    this.#host?.publish(`${WAKE}${taskId}`, { method: 'notifications/tasks' })
  }

  /** Resolves when a task changes, when the signal aborts, and after `timeoutMs` at the latest. */
  async next(taskId: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.listen()
    const callbacks = this.#waiting.get(taskId) ?? new Set()
    this.#waiting.set(taskId, callbacks)
    let done: (() => void) | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    try {
      await new Promise<void>((resolve) => {
        done = resolve
        callbacks.add(resolve)
        timer = setTimeout(resolve, timeoutMs)
        signal?.addEventListener('abort', resolve as () => void, { once: true })
        if (signal?.aborted) resolve()
      })
    } finally {
      clearTimeout(timer)
      if (done) {
        signal?.removeEventListener('abort', done)
        callbacks.delete(done)
      }
      if (callbacks.size === 0 && this.#waiting.get(taskId) === callbacks) this.#waiting.delete(taskId)
    }
  }

  #notify(taskId: string): void {
    for (const callback of this.#waiting.get(taskId) ?? []) callback()
  }
}
