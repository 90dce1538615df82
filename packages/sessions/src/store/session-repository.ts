import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import { sha256 } from '@portico-mcp/core/internal'
import { sessionNotFound } from '../refusals.ts'
import { percentEncode } from '../streams/event-id.ts'
import { measureBytes, type SessionState, toData, toState } from './session-state.ts'
import type { ReleaseClaim, SessionChanges, SessionStore } from './session-store.ts'

/** A session that was found. */
export interface LoadedSession {
  /** What the client names it by. */
  sessionId: string
  /** What nodes name it by: letters, digits, `-`, `_`, `.`, `~` and `%`. */
  key: string
  state: SessionState
  /** The name of the only server that serves it, where it was sealed for one. */
  server?: string
}

/** Where a session is opened. */
export interface SessionOrigin {
  /** Who it counts for where the store makes room. */
  holder: string
  /** The URL of the endpoint. */
  url: string
  /** The name of the server that answered `initialize`. */
  server: string
}

/** Where the state of sessions is, be it a store or the session id itself. */
export interface SessionRepository {
  /** Whether a session can be changed and ended before its time. */
  readonly isMutable: boolean
  /** Whether its sessions go with this handler: no other can serve them. */
  readonly isLocal: boolean
  create(state: SessionState, opening: SessionOrigin): Promise<LoadedSession>
  /** @param url - The URL of the endpoint that the client names it at. */
  find(sessionId: string, url: string): Promise<LoadedSession | undefined>
  change(loaded: LoadedSession, changes: SessionChanges): Promise<void>
  /** Puts off its end; false where there is none to put off. */
  touch(loaded: LoadedSession): Promise<boolean>
  remove(loaded: LoadedSession): Promise<void>
  claim(loaded: LoadedSession, ttlMs: number): Promise<ReleaseClaim | undefined>
  /** Takes the id of a request for one node; left out where no other node can run it, or nothing is shared. */
  claimRequest?(loaded: LoadedSession, requestId: RequestId, ttlMs: number): Promise<ReleaseClaim | undefined>
}

/** Bytes of a record, before there are subscriptions. */
const MAX_OPENED_SIZE = 16_384

const SESSION_ID = /^[\x21-\x7e]{1,256}$/

/** Keeps sessions in a store. */
export function createStoreRepository(
  store: SessionStore,
  { isLocal, ttlMs, generate }: { isLocal: boolean; ttlMs: number; generate(): string },
): SessionRepository {
  return {
    isMutable: true,
    isLocal,
    async create(state, { holder }) {
      if (measureBytes(state) > MAX_OPENED_SIZE) {
        throw new Refusal('session-too-large', 'initialize says more than a session can hold')
      }
      const sessionId = generate()
      // visible ASCII (2025-11-25 transports)
      if (!SESSION_ID.test(sessionId)) throw invalidSessionId('it takes 1 to 256 characters of visible ASCII')
      if (!(await store.createSession(sessionId, toData(state), ttlMs, holder)))
        throw invalidSessionId('there is a session of this name')
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
