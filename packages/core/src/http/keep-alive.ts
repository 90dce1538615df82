import { isWorkerd } from '../utils/event-loop.ts'

/** Calls all registered callbacks at an interval. */
export interface KeepAlive {
  /** @returns Ends the calls; may be called again. */
  every(callback: () => void): () => void
}

/** Creates one timer for all callbacks, which runs while at least one is registered. */
export function keepAlive(ms: number): KeepAlive {
  const callbacks = new Set<() => void>()
  let stop: (() => void) | undefined
  return {
    every(callback) {
      if (ms === 0) return () => {}
      // On Workers, one request must not touch the streams of another.
      if (isWorkerd) return interval(callback, ms)
      callbacks.add(callback)
      stop ??= interval(() => {
        for (const call of callbacks) call()
      }, ms)
      return () => {
        if (!callbacks.delete(callback) || callbacks.size > 0) return
        stop?.()
        stop = undefined
      }
    },
  }
}

function interval(callback: () => void, ms: number): () => void {
  const timer = setInterval(callback, ms)
  // On Node, a timer keeps the process running; a stream that waits for changes should not.
  ;(timer as { unref?(): void } | undefined)?.unref?.()
  return () => clearInterval(timer)
}
