import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { optionRules, type Rule, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { SessionBus } from './cluster/session-bus.ts'
import type { EncryptedSessionIds } from './store/encrypted-session-ids.ts'
import type { SessionStore } from './store/session-store.ts'
import type { EventStore } from './streams/event-store.ts'

/** Options of `sessions`. */
export interface SessionsOptions {
  /**
   * Where sessions are stored. Nodes that share a store serve each other's sessions.
   * @defaultValue a store in memory, which is lost with the handler
   */
  store?: SessionStore | EncryptedSessionIds | undefined
  /**
   * Stores the events of streams, so that a client can resume a broken stream.
   * @defaultValue none: streams cannot be resumed
   */
  eventStore?: EventStore | undefined
  /** Carries messages between nodes. Needed if more than one node serves the same sessions. @defaultValue none */
  bus?: SessionBus | undefined
  /**
   * Milliseconds without a request, a running call or an open stream after which a session ends. It must equal the
   * `ttlMs` (`ttlSeconds`) of the store, if that was set.
   * @defaultValue the `ttlMs` (`ttlSeconds`) of the store, or 1800000 (30 minutes)
   */
  idleTimeoutMs?: number | undefined
  /** Milliseconds between checks for idle sessions. @defaultValue a quarter of `idleTimeoutMs`, at most 60000 */
  checkIntervalMs?: number | undefined
  /**
   * The number of sessions that this node holds at once. Beyond it, the owner with the most sessions loses the one
   * that was idle for the longest time. Sessions without an owner count towards the network that they come from
   * (`clientAddress`). If you pass a `store`, it keeps the record, and the session is restored at its next request. A
   * caller gets 503 if every owner with an idle session holds fewer sessions than the caller.
   * @defaultValue 10000
   */
  maxSessions?: number | undefined
  /**
   * Returns a new session id: 1 to 256 visible ASCII characters that cannot be guessed.
   * @defaultValue `crypto.randomUUID`
   */
  sessionIdGenerator?: (() => string) | undefined
  /** Rejects requests of 2025-06-18 and later without an `MCP-Protocol-Version` header (400). @defaultValue false */
  requireProtocolVersion?: boolean | undefined
  /** Milliseconds after which a client reconnects to a broken stream (the SSE `retry` field). @defaultValue 1000 */
  retryMs?: number | undefined
  /**
   * Identifies the caller. Only the owner of a session can use it.
   * @defaultValue subject, issuer and client of `authInfo`
   */
  owner?: ((options: McpHandlerRequestOptions, request: Request) => string) | undefined
}

/** The options with their defaults. */
export type SessionsSettings = Required<Omit<SessionsOptions, 'store' | 'eventStore' | 'bus' | 'owner'>> &
  Pick<SessionsOptions, 'store' | 'eventStore' | 'bus' | 'owner'>

const STORE_METHODS = ['createSession', 'getSession', 'updateSession', 'deleteSession', 'touchSession']

/** Allows a `SessionStore` and the result of `encryptedSessionIds()`. */
const STORE: Rule = {
  ...optionRules.objectWith(...STORE_METHODS),
  isAllowed: (store) =>
    (optionRules.plainObject.isAllowed(store) && 'encrypted' in (store as object)) ||
    optionRules.objectWith(...STORE_METHODS).isAllowed(store),
}

const RULES: Rules<keyof SessionsOptions> = {
  store: STORE,
  eventStore: optionRules.objectWith('storeEvent', 'replayEventsAfter'),
  bus: optionRules.objectWith('send', 'listen'),
  idleTimeoutMs: optionRules.positive('milliseconds'),
  checkIntervalMs: optionRules.timerMs(Number.MIN_VALUE),
  maxSessions: optionRules.numberFrom(1),
  sessionIdGenerator: optionRules.callback,
  requireProtocolVersion: optionRules.flag,
  retryMs: optionRules.integerFrom(0, Number.MAX_SAFE_INTEGER, 'milliseconds'),
  owner: optionRules.callback,
}

/**
 * Validates the options and fills in the defaults.
 *
 * @throws RangeError if a number is out of range.
 * @throws TypeError for an unknown option, for a `bus` without a `store`, and if `idleTimeoutMs` differs from the
 *   `ttlMs` of the store.
 */
export function readOptions(options: SessionsOptions): SessionsSettings {
  validateOptions('sessions', options, RULES)
  const idleTimeoutMs = options.idleTimeoutMs ?? readTtlMs(options) ?? 30 * 60_000
  const settings = {
    ...options,
    idleTimeoutMs,
    checkIntervalMs: options.checkIntervalMs ?? Math.min(idleTimeoutMs / 4, 60_000),
    maxSessions: options.maxSessions ?? 10_000,
    sessionIdGenerator: options.sessionIdGenerator ?? (() => crypto.randomUUID()),
    requireProtocolVersion: options.requireProtocolVersion ?? false,
    retryMs: options.retryMs ?? 1000,
  }
  if (idleTimeoutMs !== (readTtlMs(options) ?? idleTimeoutMs)) {
    const both = `idleTimeoutMs is ${idleTimeoutMs} ms, but the store was given ${readTtlMs(options)} ms`
    throw new TypeError(`sessions: ${both}: set only one of them, or both to the same value`)
  }
  if (options.bus && !options.store)
    throw new TypeError('sessions: bus needs a store that the nodes share: set store too')
  return settings
}

function readTtlMs({ store }: SessionsOptions): number | undefined {
  return store && 'ttlMs' in store ? store.ttlMs : undefined
}
