import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
type Signal = (typeof SIGNALS)[number]

// what starts a process passes on the signal that a terminal has sent to both
const ECHO_MS = 100

type Stop = () => Promise<void>

const running = new Set<Stop>()
let stoppingSince: number | undefined

/**
 * Stops a server when the process is told to: then the process ends with code 0, unless the program listens
 * to the signal itself. A second signal ends it at once.
 *
 * @param stop - Ends the server.
 * @returns Listens no longer.
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
  const isOthers = process.listeners(signal).some((listener) => listener !== onSignal)
  if (!isOthers) process.exit()
}
