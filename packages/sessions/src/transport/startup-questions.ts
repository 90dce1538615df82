import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Session } from '../session.ts'
import type { ConnectedServer } from './connected-server.ts'

/**
 * Milliseconds for which a question waits that a server asks before its first request, as in
 * `oninitialized`: clients open their stream a moment after they are initialized. The first calls wait for
 * the answer as long as that, and no longer.
 */
const STARTUP_TIMEOUT_MS = 2000

/** Milliseconds between looks for a stream, or for the answer. */
const POLL_MS = 10

/** How many microtasks a server takes, at most, to ask what it asks when it is told of its client. */
const MICROTASKS = 20

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Sends a question; false where no stream can take it yet. */
export type TrySend = () => Promise<boolean>

/**
 * Holds a question until a stream can take it.
 *
 * @param refuse - Tells the server that none came.
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

/** Has a server's first request wait for the answers to what it asked before. */
export async function awaitStartupQuestions(session: Session, connected: ConnectedServer): Promise<void> {
  for (let count = 0; count < MICROTASKS; count++) await undefined
  await session.startupQuestions
  connected.hasStarted = true
}
