import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Session } from '../session.ts'
import type { ConnectedServer } from './connected-server.ts'

/**
 * Milliseconds for which a question waits that a server asks before its first request, as in
 * `oninitialized`: clients open their stream a moment after they are initialized. The first calls wait for
 * the answer as long as that, and no longer.
 */
const FIRST_QUESTION_MS = 2000

/** Milliseconds between looks for a stream, or for the answer. */
const LOOK_MS = 10

/** How many microtasks a server takes, at most, to ask what it asks when it is told of its client. */
const MICROTASKS = 20

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Sends a question; false where no stream can take it yet. */
export type TrySend = () => Promise<boolean>

/**
 * Holds a question until a stream can take it.
 *
 * @param refuse - Tells the server that none came.
 */
export function holdQuestion(
  session: Session,
  request: JSONRPCRequest,
  trySend: TrySend,
  refuse: () => void,
): void {
  const earlier = session.firstQuestion
  const held = hold(session, request, trySend, refuse).catch(session.node.host.report)
  session.firstQuestion = Promise.all([earlier, held]).then(() => {})
}

async function hold(
  session: Session,
  { id }: JSONRPCRequest,
  trySend: TrySend,
  refuse: () => void,
): Promise<void> {
  const end = performance.now() + FIRST_QUESTION_MS
  let isSent = await trySend()
  while (!session.ended && performance.now() < end) {
    if (isSent && !session.questions.has(id)) return
    await pause(LOOK_MS)
    if (!isSent) isSent = await trySend()
  }
  if (!isSent) refuse()
}

/** Has a server's first request wait for the answers to what it asked before. */
export async function firstQuestions(session: Session, connected: ConnectedServer): Promise<void> {
  for (let count = 0; count < MICROTASKS; count++) await undefined
  await session.firstQuestion
  connected.hasBegun = true
}
