import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
type Signal = (typeof SIGNALS)[number]

// a terminal sends a signal to the parent process too, which may pass it on
const ECHO_MS = 100

type Stop = () => Promise<void>

const running = new Set<Stop>()
let stoppingSince: number | undefined

/**
 * Stops a server on SIGINT or SIGTERM. The process then ends with code 0, unless the program listens to the signal
 * itself. A second signal ends the process immediately.
 *
 * @param stop - Stops the server.
 * @returns A function that removes the listeners.
 */
export function stopOnSignals(stop: Stop): () => void {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal)
  running.add(stop)
  return () => {
    if (!running.delete(stop) || running.size > 0) return
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}

function onSignal(signal: Signal): void {
  const now = Date.now()
  if (stoppingSince === undefined) {
    stoppingSince = now
    void stopAll(signal)
  } else if (now - stoppingSince >= ECHO_MS) {
    process.exit(128 + constants.signals[signal])
  }
}

async function stopAll(signal: Signal): Promise<void> {
  await Promise.allSettled([...running].map((stop) => stop()))
  stoppingSince = undefined
  const hasOtherListeners = process.listeners(signal).some((listener) => listener !== onSignal)
  if (!hasOtherListeners) process.exit()
}
