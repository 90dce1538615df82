import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerState } from './probes.ts'

/** What {@link createStop} stops besides the listener. */
export interface Stoppable {
  state: ServerState
  /** Milliseconds for requests in flight to be answered. */
  drainTimeoutMs: number
  /** Ends the endpoint and what stands in front of it. */
  close(options: { drainTimeoutMs?: number }): Promise<void>
  /** Closes the connections on which nothing has been sent. */
  closeUnused(): void
  onerror(error: Error): void
}

/** Milliseconds for final responses to be written, and for MCP servers to be closed. */
const FINAL_WRITES_MS = 500
const IDLE_CHECK_MS = 20

/**
 * Creates the function that stops a server gracefully: it accepts no more connections, waits for requests in flight
 * until the time is over, and then ends them. The function resolves once no connection is open; further calls return the
 * same promise.
 */
export function createStop(
  listener: Server,
  { state, drainTimeoutMs, close, closeUnused, onerror }: Stoppable,
): () => Promise<void> {
  let stopping: Promise<void> | undefined
  const closed = new Promise<void>((resolve) => listener.once('close', () => resolve()))

  async function stop(): Promise<void> {
    state.draining = true
    stopAccepting(listener)
    closeUnused()
    const startedAt = Date.now()
    // `close` is the user's for a handler that was passed in: it may fail or never resolve
    await Promise.race([close({ drainTimeoutMs }).catch(onerror), wait(drainTimeoutMs + FINAL_WRITES_MS)])
    const left = startedAt + drainTimeoutMs - Date.now()
    const cut = setTimeout(() => listener.closeAllConnections(), Math.max(left, FINAL_WRITES_MS))
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

// `close` of an HTTP server also cuts idle keep-alive connections; a client on one gets `Connection: close` instead
function stopAccepting(listener: Server): void {
  if (listener.listening) NetServer.prototype.close.call(listener)
}
