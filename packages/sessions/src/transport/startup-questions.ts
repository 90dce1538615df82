import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Session } from '../session.ts'
import type { ConnectedServer } from './connected-server.ts'

/**
 * Milliseconds that a request of the server waits for a stream if the server sends it before its first request, such as
 * in `oninitialized`. Clients open their GET stream shortly after the handshake. The first calls wait at most as long
 * for the answer.
 */
const STARTUP_TIMEOUT_MS = 2000

/** Milliseconds between checks for a stream or for the answer. */
const POLL_MS = 10

/** How many microtasks a server may take to send its requests after `notifications/initialized`. */
const MICROTASKS = 20

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Sends a request of the server. Resolves with false if there is no stream for it yet. */
export type TrySend = () => Promise<boolean>

/**
 * Holds a request of the server until there is a stream for it.
 *
 * @param refuse - Answers the request with a refusal. Called if no stream is opened in time.
 */
export function holdStartupQuestion(
  session: Session,
  request: JSONRPCRequest,
  trySend: TrySend,
  refuse: () => void,
): void {
  const earlier = session.startupQuestions
  const held = hold(session, request, trySend, refuse).catch(session.node.handlerContext.report)
  session.startupQuestions = Promise.all([earlier, held]).then(() => {})
}

async function hold(
  session: Session,
  { id }: JSONRPCRequest,
  trySend: TrySend,
  refuse: () => void,
): Promise<void> {
  const end = performance.now() + STARTUP_TIMEOUT_MS
  let isSent = await trySend()
  while (!session.isEnded && performance.now() < end) {
    if (isSent && !session.questions.has(id)) return
    await sleep(POLL_MS)
    if (!isSent) isSent = await trySend()
  }
  if (!isSent) refuse()
}

/** Waits for the answers to the requests that a server sent before the first request of the client. */
export async function awaitStartupQuestions(session: Session, connected: ConnectedServer): Promise<void> {
  for (let count = 0; count < MICROTASKS; count++) await undefined
  await session.startupQuestions
  connected.hasStarted = true
}
