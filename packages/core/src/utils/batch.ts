import { isWorkerd } from './next-turn.ts'

type Callback = () => void

let waiting: Callback[] = []

// Taken at once, so that timers which a test fakes later do not hold up requests.
const { setImmediate } = globalThis as { setImmediate?: (callback: Callback) => unknown }

/** Whether {@link enterBatch} may be used: on Node and the runtimes that have its timers. */
export const hasBatches: boolean = setImmediate !== undefined && !isWorkerd

/**
 * Calls back at the end of this turn of the event loop, all callbacks in one go. Under load, requests that take their
 * steps together find the code of each step in the processor's caches. A request that takes its steps alone, between
 * the reads and writes of other sockets, needs up to twice the CPU time: behind Fastify 68 µs instead of 39 µs.
 */
export function enterBatch(callback: Callback): void {
  if (waiting.push(callback) === 1) setImmediate?.(callAll)
}

function callAll(): void {
  const callbacks = waiting
  waiting = []
  for (const callback of callbacks) callback()
}
