import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerState } from './probes.ts'

/** What is ended, besides connections. */
export interface Ending {
  state: ServerState
  /** Milliseconds for what is in flight. */
  drainTimeoutMs: number
  /** Ends what is served. */
  close(options: { drainTimeoutMs?: number }): Promise<void>
  onerror(error: Error): void
}

/** Milliseconds for last words to be written, and for servers to be closed. */
const LAST_WORDS_MS = 500
const IDLE_CHECK_MS = 20

/**
 * What ends a server: it takes no more connections, lets what is in flight be answered for as long as it
 * may, and ends the rest; it resolves once nothing is open. The same for everyone who calls.
 */
export function createStop(
  listener: Server,
  { state, drainTimeoutMs, close, onerror }: Ending,
): () => Promise<void> {
  let stopping: Promise<void> | undefined
  const closed = new Promise<void>((resolve) => listener.once('close', () => resolve()))

  async function stop(): Promise<void> {
    state.draining = true
    stopAccepting(listener)
    const startedAt = Date.now()
    // a server of somebody else's need not close, or may fail to
    await Promise.race([
      close({ drainTimeoutMs: drainTimeoutMs }).catch(onerror),
      wait(drainTimeoutMs + LAST_WORDS_MS),
    ])
    const left = startedAt + drainTimeoutMs - Date.now()
    const cut = setTimeout(() => listener.closeAllConnections(), Math.max(left, LAST_WORDS_MS))
    const hangUp = setInterval(() => listener.closeIdleConnections(), IDLE_CHECK_MS)
    await closed
    clearTimeout(cut)
    clearInterval(hangUp)
  }

  return () => {
    stopping ??= stop()
    return stopping
  }
}

const wait = (ms: number): Promise<unknown> => sleep(ms, undefined, { ref: false })

// `close` of an HTTP server cuts connections that wait: whoever has one is told that it stops instead
function stopAccepting(listener: Server): void {
  if (listener.listening) NetServer.prototype.close.call(listener)
}
