import { sha256 } from '@portico-mcp/core/internal'
import type { Session } from './session.ts'

/** A session as it is shown to operators. It reveals nothing that would let them use the session. */
export interface SessionSummary {
  /** The first 12 hex digits of the SHA-256 of the session id. The id itself is the client's secret. */
  id: string
  /** When this process opened the session, in milliseconds since the epoch. */
  openedAt: number
  /** When the session was last used, in milliseconds since the epoch. */
  usedAt: number
  /** The name and version that the client sent in `initialize`. */
  client: { name: string; version: string }
  /** The negotiated protocol version. */
  protocolVersion: string
  /** Whether a request is running or a stream is open. */
  busy: boolean
}

/** Pairs each session with its summary. */
export const listSessions = (sessions: readonly Session[]): Promise<[SessionSummary, Session][]> =>
  Promise.all(sessions.map(async (session) => [await summarize(session), session]))

async function summarize(session: Session): Promise<SessionSummary> {
  const { loaded, state, openedAt, idleMs, isBusy } = session
  const { clientInfo } = state.initialize
  return {
    id: sha256(loaded.sessionId).slice(0, DIGITS),
    openedAt,
    usedAt: Math.max(openedAt, Math.round(Date.now() - idleMs)),
    client: { name: String(clientInfo?.name ?? ''), version: String(clientInfo?.version ?? '') },
    protocolVersion: state.protocolVersion,
    busy: isBusy,
  }
}

const DIGITS = 12
