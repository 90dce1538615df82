import type { SessionStore } from '@portico-mcp/sessions'

/** The part of its lifetime by which a record may expire early. `sessions()` asks for a sixteenth more than it needs. */
const SLACK = 1 / 17

/**
 * Saves a call of the object for each request: a session that was just read, and would expire hardly later after a touch,
 * is not touched. The store is one of a single request.
 */
export function skipEarlyTouches(store: SessionStore): SessionStore {
  let read: { sessionId: string; expiresAt: number } | undefined
  return {
    ttlMs: store.ttlMs,
    sessionExists: (sessionId) => store.sessionExists(sessionId),
    createSession: (...session) => store.createSession(...session),
    async getSession(sessionId) {
      const record = await store.getSession(sessionId)
      read = record?.expiresAt && { sessionId, expiresAt: record.expiresAt.getTime() }
      return record
    },
    updateSession: (sessionId, changes) => store.updateSession(sessionId, changes),
    deleteSession: (sessionId) => store.deleteSession(sessionId),
    async touchSession(sessionId, ttlMs) {
      const known = read
      read = undefined
      const isFresh =
        known?.sessionId === sessionId &&
        ttlMs !== undefined &&
        known.expiresAt - Date.now() > ttlMs * (1 - SLACK)
      return isFresh || store.touchSession(sessionId, ttlMs)
    },
    claimSession: (sessionId, ttlMs) => store.claimSession?.(sessionId, ttlMs) ?? Promise.resolve(undefined),
  }
}
