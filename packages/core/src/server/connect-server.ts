import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { isNoBackChannel } from '../input/client-requests.ts'
import { onNextTurn } from '../utils/event-loop.ts'
import type { McpServerLike } from './factory.ts'

/** A transport of the host, which shows whether its server listens. */
export interface HostTransport extends Transport {
  /** Whether the server listens: it has started its transport. */
  readonly isStarted: boolean
  /** Advice for the author of a server whose client cannot be reached; undefined if it can be. */
  readonly remedy?: string | undefined
  /** Calls back once the server listens. */
  whenStarted(callback: () => void): void
}

/** A server that is being connected. */
export interface Connecting {
  /** Settles as the server's `connect()` does. */
  readonly connected: Promise<void>
  /**
   * Resolves once the server listens: it is connected, or it has started its transport and waits in its `connect()` for
   * an answer of its client. It rejects if the server cannot be connected.
   */
  readonly listening: Promise<void>
}

/** Connects a server. If it sends its client a request in `connect()` that is refused, it is served nevertheless. */
export function connectServer(server: McpServerLike, transport: HostTransport): Connecting {
  const connected = connect(server, transport)
  const listening = new Promise<void>((resolve, reject) => {
    connected.then(resolve, reject)
    // Most servers are connected a few microtasks after they start their transport.
    transport.whenStarted(() => onNextTurn(resolve))
  })
  return { connected, listening }
}

/** Milliseconds for which a server may go on connecting when its request is over. */
const LATE_MS = 1000

/**
 * Resolves once a server listens, or is late: its request is over, so the caller closes it although its `connect()` has
 * not finished. If `connect()` finishes later, the server is closed again.
 *
 * @param whenOver - Calls back when the request of the server is over.
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
