import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import { sha256 } from '@portico-mcp/core/internal'
import { sessionNotFound } from '../refusals.ts'
import { percentEncoded } from '../streams/event-id.ts'
import { type SessionState, sizeOf, toData, toState } from './session-state.ts'
import type { ReleaseClaim, SessionChanges, SessionStore } from './session-store.ts'

/** A session that was found. */
export interface Found {
  /** What the client names it by. */
  sessionId: string
  /** What nodes name it by: letters, digits, `-`, `_`, `.`, `~` and `%`. */
  key: string
  state: SessionState
  /** The name of the only server that serves it, where it was sealed for one. */
  server?: string
}

/** Where a session is opened. */
export interface Opening {
  /** Who it counts for where the store makes room. */
  holder: string
  /** The URL of the endpoint. */
  url: string
  /** The name of the server that answered `initialize`. */
  server: string
}

/** Where the state of sessions is, be it a store or the session id itself. */
export interface Records {
  /** Whether a session can be changed and ended before its time. */
  readonly mutable: boolean
  /** Whether its sessions go with this handler: no other can serve them. */
  readonly own: boolean
  create(state: SessionState, opening: Opening): Promise<Found>
  /** @param url - The URL of the endpoint that the client names it at. */
  find(sessionId: string, url: string): Promise<Found | undefined>
  change(found: Found, changes: SessionChanges): Promise<void>
  /** Puts off its end; false where there is none to put off. */
  touch(found: Found): Promise<boolean>
  remove(found: Found): Promise<void>
  claim(found: Found, ttlMs: number): Promise<ReleaseClaim | undefined>
  /** Takes the id of a request for one node; left out where no other node can run it, or nothing is shared. */
  claimRequest?(found: Found, requestId: RequestId, ttlMs: number): Promise<ReleaseClaim | undefined>
}

/** Bytes of a record, before there are subscriptions. */
const MAX_OPENED_SIZE = 16_384

const SESSION_ID = /^[\x21-\x7e]{1,256}$/

/** Keeps sessions in a store. */
export function storedRecords(
  store: SessionStore,
  { own, ttlMs, generate }: { own: boolean; ttlMs: number; generate(): string },
): Records {
  return {
    mutable: true,
    own,
    async create(state, { holder }) {
      if (sizeOf(state) > MAX_OPENED_SIZE) {
        throw new Refusal('session-too-large', 'initialize says more than a session can hold')
      }
      const sessionId = generate()
      // visible ASCII (2025-11-25 transports)
      if (!SESSION_ID.test(sessionId)) throw misnamed('it takes 1 to 256 characters of visible ASCII')
      if (!(await store.createSession(sessionId, toData(state), ttlMs, holder)))
        throw misnamed('there is a session of this name')
      return { sessionId, key: percentEncoded(sessionId), state }
    },
    async find(sessionId) {
      if (!SESSION_ID.test(sessionId)) return undefined
      const record = await store.getSession(sessionId)
      const state = toState(record?.data)
      return state && { sessionId, key: percentEncoded(sessionId), state }
    },
    async change({ sessionId }, changes) {
      if (!(await store.updateSession(sessionId, changes))) throw sessionNotFound()
    },
    touch: ({ sessionId }) => store.touchSession(sessionId, ttlMs),
    remove: ({ sessionId }) => store.deleteSession(sessionId),
    async claim({ sessionId }, claimMs) {
      return store.claimSession ? store.claimSession(sessionId, claimMs) : async () => {}
    },
    ...(store.claimSession && !own && { claimRequest: (...claim) => claimRequest(store, ...claim) }),
  }
}

async function claimRequest(
  store: SessionStore,
  { sessionId }: Found,
  requestId: RequestId,
  ttlMs: number,
): Promise<ReleaseClaim | undefined> {
  const name = `${sessionId}.${percentEncoded(JSON.stringify(requestId))}`
  return store.claimSession?.(SESSION_ID.test(name) ? name : `request.${sha256(name)}`, ttlMs)
}

const misnamed = (why: string): Refusal =>
  new Refusal('internal', 'Internal error', { cause: new Error(`sessionIdGenerator: ${why}`) })
