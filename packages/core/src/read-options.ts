import { logFailure } from './http/log-failure.ts'
import type { RequestStateOptions } from './input/request-state.ts'
import type { LegacyTransport } from './legacy/extension-point.ts'
import type { CreateMcpHandlerOptions } from './options.ts'
import { isCacheScope, isTtl } from './protocol/cache-hints.ts'
import { InMemoryServerEventBus } from './protocol/events.ts'
import type { McpExtension } from './server/extension.ts'
import type { Settings } from './server/handler-context.ts'
import { checkNames, checkOptions, type Rules, shown } from './utils/check-options.ts'
import { reporter } from './utils/to-error.ts'

/** The options with their defaults. */
export type ReadOptions = Settings & {
  legacy: 'stateless' | 'reject' | LegacyTransport
  extensions: readonly McpExtension[]
}

const CALLER = 'createMcpHandler'

/** The longest delay of a timer: JavaScript fires timers with a longer one immediately. */
const MAX_TIMER_MS = 2 ** 31

const DEFAULTS = {
  legacy: 'stateless',
  extensions: [],
  responseMode: 'auto',
  maxSubscriptions: 1024,
  keepAliveMs: 15_000,
  maxRequestBodySize: 4 * 1024 * 1024,
  maxToolInputElements: 10_000,
  requestTimeoutMs: 0,
  strictAccept: false,
  maskErrors: false,
  cacheHints: {},
} as const

const REQUEST_STATE = { keys: [], ttlMs: 600_000, maxRounds: 32, maxBytes: 256 * 1024 } as const

const MIN_KEY_BYTES = 32

const milliseconds = {
  allowed: `a number of milliseconds from 0 to ${MAX_TIMER_MS - 1}`,
  isAllowed: (ms: unknown) => (ms as number) >= 0 && (ms as number) < MAX_TIMER_MS,
}
const anything = { allowed: 'anything', isAllowed: () => true }
const positive = { allowed: 'a number above 0', isAllowed: (value: unknown) => (value as number) > 0 }

/** The rules of all options. */
const RULES: Rules<keyof CreateMcpHandlerOptions> = {
  legacy: {
    allowed: '"stateless", "reject" or a way of serving such as sessions()',
    isAllowed: (legacy) =>
      legacy === 'stateless' ||
      legacy === 'reject' ||
      typeof (legacy as { create?: unknown } | null)?.create === 'function',
  },
  extensions: {
    allowed:
      'a list of extensions, each with its own id such as "com.example/name", and methods that no other has',
    isAllowed: areExtensions,
  },
  responseMode: {
    allowed: '"auto", "json" or "sse"',
    isAllowed: (mode) => mode === 'auto' || mode === 'json' || mode === 'sse',
  },
  bus: anything,
  maxSubscriptions: { allowed: '0 or more', isAllowed: (value) => (value as number) >= 0 },
  maxSubscriptionsPerCaller: { allowed: '1 or more', isAllowed: (value) => (value as number) >= 1 },
  keepAliveMs: milliseconds,
  maxRequestBodySize: { ...positive, allowed: 'a number of bytes above 0' },
  maxToolInputElements: { allowed: '1 or more', isAllowed: (value) => (value as number) >= 1 },
  requestTimeoutMs: milliseconds,
  strictAccept: anything,
  maskErrors: anything,
  requestState: anything,
  cacheHints: anything,
  onerror: anything,
}

/** The names of the options, for functions that pass them on. */
export const HANDLER_OPTIONS: readonly string[] = Object.keys(RULES)

const STATE_RULES: Rules<keyof RequestStateOptions> = {
  keys: {
    allowed: `a list of secrets of at least ${MIN_KEY_BYTES} bytes each`,
    isAllowed: (keys) => Array.isArray(keys) && keys.every((key) => countKeyBytes(key) >= MIN_KEY_BYTES),
    isSecret: true,
  },
  ttlMs: {
    allowed: `a number of milliseconds above 0 and below ${MAX_TIMER_MS}`,
    isAllowed: (ms) => (ms as number) > 0 && (ms as number) < MAX_TIMER_MS,
  },
  maxRounds: positive,
  maxBytes: { ...positive, allowed: 'a number of bytes above 0' },
}

/**
 * Reads the options of `createMcpHandler`. An option that is undefined counts as absent.
 *
 * @throws TypeError for an unknown option, and for a handler given as `legacy`.
 * @throws RangeError for a value that is not allowed.
 */
export function readOptions(options: CreateMcpHandlerOptions): ReadOptions {
  const given = defined(options)
  const onerror = reporter(options.onerror ?? logFailure)
  const bus = new InMemoryServerEventBus(onerror)
  const { maxSubscriptions = DEFAULTS.maxSubscriptions } = options
  const maxSubscriptionsPerCaller = Math.max(16, Math.floor(maxSubscriptions / 4))
  const defaults = { bus, ...DEFAULTS, maxSubscriptionsPerCaller }
  const state = defined(options.requestState ?? {})
  const requestState = { ...REQUEST_STATE, ...state }
  checkNames(CALLER, given, RULES)
  checkNames(`${CALLER}: requestState`, state, STATE_RULES)
  checkLegacy(options.legacy)
  const settings = { ...defaults, ...given, requestState, onerror } as ReadOptions
  checkOptions(CALLER, '', settings, RULES)
  checkOptions(CALLER, 'requestState.', requestState, STATE_RULES)
  checkCacheHints(settings.cacheHints)
  return settings
}

// The identifier of an extension has a prefix of labels, and a name (2026-07-28, "_meta" keys).
const EXTENSION_ID = /^[a-z][a-z\d-]*(?:\.[a-z\d][a-z\d-]*)*\/[a-z\d][\w.-]*$/i

function areExtensions(value: unknown): boolean {
  if (!Array.isArray(value) || !value.every((one) => EXTENSION_ID.test(String(one?.id)))) return false
  const extensions = value as readonly McpExtension[]
  return [
    extensions.map(({ id }) => id),
    extensions.flatMap(({ methods }) => Object.keys(methods ?? {})),
    extensions.flatMap(({ legacy }) => Object.keys(legacy?.methods ?? {})),
    extensions.flatMap(({ subscriptions }) => Object.keys(subscriptions ?? {})),
  ].every((names) => new Set(names).size === names.length)
}

function checkLegacy(legacy: unknown): void {
  const isHandler =
    typeof legacy === 'function' || typeof (legacy as { fetch?: unknown })?.fetch === 'function'
  if (!isHandler || typeof (legacy as { create?: unknown }).create === 'function') return
  throw new TypeError(
    `${CALLER}: legacy must be ${RULES.legacy.allowed} (got a handler). To serve 2025-era traffic with a handler ` +
      `of your own, put isLegacyRequest in front, and give legacy "reject": ` +
      `if (await isLegacyRequest(request)) return yourHandler(request); return handler.fetch(request)`,
  )
}

function checkCacheHints(cacheHints: Settings['cacheHints']): void {
  for (const [method, hint] of Object.entries(cacheHints)) {
    const { ttlMs = 0, cacheScope = 'private' } = hint ?? {}
    if (isTtl(ttlMs) && isCacheScope(cacheScope)) continue
    throw new RangeError(
      `${CALLER}: cacheHints of ${method} must have a ttlMs that is an integer of 0 or more and a cacheScope ` +
        `of "public" or "private" (got ${shown(hint)})`,
    )
  }
}

const defined = (options: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const countKeyBytes = (key: unknown): number =>
  typeof key === 'string'
    ? new TextEncoder().encode(key).byteLength
    : ((key as Uint8Array | undefined)?.byteLength ?? 0)
