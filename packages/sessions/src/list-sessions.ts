import { sha256 } from '@portico-mcp/core/internal'
import type { Session } from './session.ts'

/** A session as others than its client may know it. */
export interface SessionSummary {
  /** The beginning of the SHA-256 of the session id, in hex: the id itself is its client's secret. */
  id: string
  /** Milliseconds of the clock since when this process has it. */
  openedAt: number
  /** Milliseconds of the clock when it was last used. */
  usedAt: number
  /** What the client calls itself. */
  client: { name: string; version: string }
  /** The negotiated revision. */
  protocolVersion: string
  /** Whether something runs or is open in it. */
  busy: boolean
}

/** Sessions, each with what may be told of it. */
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
