import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { isNoBackChannel } from '../input/client-requests.ts'
import { onNextTurn } from '../utils/event-loop.ts'
import type { McpServerLike } from './factory.ts'

/** A transport of the host, which shows whether its server listens. */
export interface HostTransport extends Transport {
  /** Whether the server listens: it has started its transport. */
  readonly isStarted: boolean
  /** What to do about a client that cannot be reached; undefined where it can be. */
  readonly wayOut?: string | undefined
  /** Calls back once the server listens. */
  whenStarted(callback: () => void): void
}

/** A server that is being connected. */
export interface Connecting {
  /** Settles as the server's `connect()` does. */
  readonly connected: Promise<void>
  /**
   * Resolves once the server listens: it is connected, or it has started its transport, and waits in its
   * `connect()` for what only a client can tell it. Rejects if it cannot be connected.
   */
  readonly listening: Promise<void>
}

/** Connects a server. One that cannot ask its client while it connects is served without the answer. */
export function connectServer(server: McpServerLike, transport: HostTransport): Connecting {
  const connected = connect(server, transport)
  const listening = new Promise<void>((resolve, reject) => {
    connected.then(resolve, reject)
    // most are connected a few microtasks after they start
    transport.whenStarted(() => onNextTurn(resolve))
  })
  return { connected, listening }
}

/** Milliseconds for which a server may still be connected when nothing waits for it any longer. */
const LATE_MS = 1000

/**
 * Resolves once a server listens, or is late: nothing waits for it, and it is to be closed however long its
 * `connect()` takes. What it opens afterwards is ended by closing it again.
 *
 * @param whenOver - Calls back when nothing waits for the server any longer.
 */
export function listeningUnlessLate(
  { connected, listening }: Connecting,
  server: McpServerLike,
  whenOver: (callback: () => void) => void,
  report: (error: unknown) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const settle = (): void => {
      isSettled = true
      clearTimeout(timer)
    }
    const giveUp = (): void => {
      connected.then(() => server.close()).catch(report)
      resolve()
    }
    listening.finally(settle).then(resolve, reject)
    whenOver(() => {
      if (!isSettled) timer = setTimeout(giveUp, LATE_MS)
    })
  })
}

async function connect(server: McpServerLike, transport: HostTransport): Promise<void> {
  try {
    await server.connect(transport)
  } catch (error) {
    if (!transport.isStarted || !isNoBackChannel(error)) throw error
  }
}
