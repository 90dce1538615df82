import { setImmediate } from 'node:timers'

const waiting: (() => void)[] = []

/**
 * Calls back at the end of this turn of the event loop, one caller right after the other. Requests that take
 * each step together find its code at hand in the processor; one that takes them alone, between the reads and
 * writes of other sockets, needs far longer for the same.
 */
export function together(callback: () => void): void {
  if (waiting.push(callback) === 1) setImmediate(callAll)
}

function callAll(): void {
  for (const callback of waiting.splice(0)) callback()
}
