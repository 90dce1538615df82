import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import { sha256 } from '@portico-mcp/core/internal'
import { sessionNotFound } from '../refusals.ts'
import { percentEncode } from '../streams/event-id.ts'
import { measureBytes, type SessionState, toData, toState } from './session-state.ts'
import type { ReleaseClaim, SessionChanges, SessionStore } from './session-store.ts'

/** A session as it was created or read. */
export interface LoadedSession {
  /** The value of the `Mcp-Session-Id` header. */
  sessionId: string
  /** The key of the session on the bus and in the event store: letters, digits, `-`, `_`, `.`, `~` and `%`. */
  key: string
  state: SessionState
  /** The name of the only server that may serve the session, if its encrypted id has one. */
  server?: string
}

/** By whom and where a session is created. */
export interface SessionOrigin {
  /** The caller that the session counts towards when the store makes room. */
  holder: string
  /** The URL of the endpoint. */
  url: string
  /** The name of the server that answered `initialize`. */
  server: string
}

/** Creates and reads sessions, either in a store or in the session ids themselves. */
export interface SessionRepository {
  /** Whether a session can be changed, and ended before it expires. */
  readonly isMutable: boolean
  /** Whether the sessions are lost with this handler: no other node can serve them. */
  readonly isLocal: boolean
  create(state: SessionState, opening: SessionOrigin): Promise<LoadedSession>
  /** @param url - The URL of the endpoint that got the request. */
  find(sessionId: string, url: string): Promise<LoadedSession | undefined>
  change(loaded: LoadedSession, changes: SessionChanges): Promise<void>
  /** Extends the expiry of a session. Resolves with false if it does not exist. */
  touch(loaded: LoadedSession): Promise<boolean>
  remove(loaded: LoadedSession): Promise<void>
  claim(loaded: LoadedSession, ttlMs: number): Promise<ReleaseClaim | undefined>
  /** Claims a request id for one node. Left out if no other node can run the request, or nothing is shared. */
  claimRequest?(loaded: LoadedSession, requestId: RequestId, ttlMs: number): Promise<ReleaseClaim | undefined>
}

/** The maximum size in bytes of a new record, which has no subscriptions yet. */
const MAX_OPENED_SIZE = 16_384

const SESSION_ID = /^[\x21-\x7e]{1,256}$/

/** Creates a repository that stores sessions in a `SessionStore`. */
export function createStoreRepository(
  store: SessionStore,
  { isLocal, ttlMs, generate }: { isLocal: boolean; ttlMs: number; generate(): string },
): SessionRepository {
  return {
    isMutable: true,
    isLocal,
    async create(state, { holder }) {
      if (measureBytes(state) > MAX_OPENED_SIZE) {
        throw new Refusal(
          'session-too-large',
          `initialize has more than the ${MAX_OPENED_SIZE} bytes that a session can hold`,
        )
      }
      const sessionId = generate()
      // A session id has visible ASCII characters only (2025-11-25 transports).
      if (!SESSION_ID.test(sessionId))
        throw invalidSessionId('the id must have 1 to 256 visible ASCII characters')
      if (!(await store.createSession(sessionId, toData(state), ttlMs, holder)))
        throw invalidSessionId('a session with this id exists already')
      return { sessionId, key: percentEncode(sessionId), state }
    },
    async find(sessionId) {
      if (!SESSION_ID.test(sessionId)) return undefined
      const record = await store.getSession(sessionId)
      const state = toState(record?.data)
      return state && { sessionId, key: percentEncode(sessionId), state }
    },
    async change({ sessionId }, changes) {
      if (!(await store.updateSession(sessionId, changes))) throw sessionNotFound()
    },
    touch: ({ sessionId }) => store.touchSession(sessionId, ttlMs),
    remove: ({ sessionId }) => store.deleteSession(sessionId),
    async claim({ sessionId }, claimMs) {
      return store.claimSession ? store.claimSession(sessionId, claimMs) : async () => {}
    },
    ...(store.claimSession && !isLocal && { claimRequest: (...claim) => claimRequest(store, ...claim) }),
  }
}

async function claimRequest(
  store: SessionStore,
  { sessionId }: LoadedSession,
  requestId: RequestId,
  ttlMs: number,
): Promise<ReleaseClaim | undefined> {
  const name = `${sessionId}.${percentEncode(JSON.stringify(requestId))}`
  return store.claimSession?.(SESSION_ID.test(name) ? name : `request.${sha256(name)}`, ttlMs)
}

const invalidSessionId = (why: string): Refusal =>
  new Refusal('internal', 'Internal error', { cause: new Error(`sessionIdGenerator: ${why}`) })
