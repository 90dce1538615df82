import { isWorkerd } from '../utils/event-loop.ts'

/** Calls back at an interval, for as long as somebody wants to be called. */
export interface KeepAlive {
  /** @returns Ends the calls; may be called again. */
  every(callback: () => void): () => void
}

/** One timer for everybody, which runs while anybody is there. */
export function keepAlive(ms: number): KeepAlive {
  const callbacks = new Set<() => void>()
  let stop: (() => void) | undefined
  return {
    every(callback) {
      if (ms === 0) return () => {}
      // there, one request must not touch the streams of another
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
  // where timers hold a process open, a waiting stream is no reason to stay
  ;(timer as { unref?(): void } | undefined)?.unref?.()
  return () => clearInterval(timer)
}
