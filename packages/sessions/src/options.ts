import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { optionRules, type Rule, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { SessionBus } from './cluster/session-bus.ts'
import type { EncryptedSessionIds } from './store/encrypted-session-ids.ts'
import type { SessionStore } from './store/session-store.ts'
import type { EventStore } from './streams/event-store.ts'

/** Options of `sessions`. */
export interface SessionsOptions {
  /**
   * Where sessions are kept; nodes that share one serve each other's sessions.
   * @defaultValue one in memory, whose sessions go with the handler
   */
  store?: SessionStore | EncryptedSessionIds | undefined
  /** Keeps the events of streams, so that a client that lost one can resume it. @defaultValue none: no stream is resumed */
  eventStore?: EventStore | undefined
  /** Carries what nodes tell each other; needed as soon as more than one serves. @defaultValue none */
  bus?: SessionBus | undefined
  /**
   * Milliseconds without a request, a call in flight or an open stream until a session ends. A store that was given
   * another `ttlMs` is refused.
   * @defaultValue the `ttlMs` (`ttlSeconds`) that the store was given, else 1800000
   */
  idleTimeoutMs?: number | undefined
  /** Milliseconds between looks for idle sessions. @defaultValue a quarter of `idleTimeoutMs`, at most 60000 */
  checkIntervalMs?: number | undefined
  /**
   * Sessions that this node holds at once. Beyond, the owner who holds most makes room with the session that was
   * idle longest; sessions without an owner count for the network that they come from (`clientAddress`). A store of
   * yours keeps the record, and the session is rebuilt when it is asked for. If no owner that holds
   * as many as the caller has an idle one, the caller gets 503.
   * @defaultValue 10000
   */
  maxSessions?: number | undefined
  /** Names sessions: at most 256 visible ASCII characters that cannot be guessed. @defaultValue `crypto.randomUUID` */
  sessionIdGenerator?: (() => string) | undefined
  /** Refuses (400) requests without `MCP-Protocol-Version`, from 2025-06-18 on. @defaultValue false */
  requireProtocolVersion?: boolean | undefined
  /** Milliseconds after which a client resumes a stream that it lost. @defaultValue 1000 */
  retryMs?: number | undefined
  /** Who a caller is; only the same one gets at its session. @defaultValue subject, issuer and client of `authInfo` */
  owner?: ((options: McpHandlerRequestOptions, request: Request) => string) | undefined
}

/** The options with their defaults. */
export type SessionsSettings = Required<Omit<SessionsOptions, 'store' | 'eventStore' | 'bus' | 'owner'>> &
  Pick<SessionsOptions, 'store' | 'eventStore' | 'bus' | 'owner'>

const STORE_METHODS = ['createSession', 'getSession', 'updateSession', 'deleteSession', 'touchSession']

/** A store of sessions, or what `encryptedSessionIds` returns. */
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
 * @throws RangeError for an option that is out of its range, TypeError for an unknown option, a bus between nodes that share no store,
 *   and for an `idleTimeoutMs` that the store's own contradicts.
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
    const both = `idleTimeoutMs is ${idleTimeoutMs} ms, and the store was given ${readTtlMs(options)} ms`
    throw new TypeError(`sessions: ${both}: set one of them, or both to the same`)
  }
  if (options.bus && !options.store) throw new TypeError('sessions: a bus needs a store that the nodes share')
  return settings
}

function readTtlMs({ store }: SessionsOptions): number | undefined {
  return store && 'ttlMs' in store ? store.ttlMs : undefined
}
