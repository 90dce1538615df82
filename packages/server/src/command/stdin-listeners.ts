import { setTimeout as sleep } from 'node:timers/promises'

/** How long a module may take to connect to stdin, after it was imported. */
const CONNECTING_MS = 500
const CHECK_MS = 20

/** Counts what reads stdin. */
export const countStdinReaders = (): number =>
  process.stdin.listenerCount('data') + process.stdin.listenerCount('readable')

/**
 * Waits for a module to begin to read stdin, as a server that connects to stdio does.
 *
 * @param before - What {@link countStdinReaders} returned before the module was imported.
 * @returns Whether it has begun.
 */
export async function waitForStdinReader(before: number): Promise<boolean> {
  for (let waited = 0; waited < CONNECTING_MS && countStdinReaders() === before; waited += CHECK_MS) {
    await sleep(CHECK_MS)
  }
  return countStdinReaders() > before
}
