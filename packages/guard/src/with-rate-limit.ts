import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  Refusal,
  type Wrapped,
} from '@portico-mcp/core'
import {
  createUserKey,
  optionRules,
  type Rules,
  readAuthInfo,
  validateOptions,
  wrap,
} from '@portico-mcp/core/internal'
import { listNetworks } from './address.ts'
import { trustProxy } from './option-rules.ts'
import { clientFinder, type TrustProxy } from './proxy.ts'
import { InMemoryRateLimitStore, type RateLimitResult, type RateLimitStore } from './rate-limit-store.ts'
import { GuardRefusal, refusalResponse, report } from './refusal.ts'
import { callOption, checkFailed, refusedBy } from './user-function.ts'

/** Options of {@link withRateLimit}. */
export interface RateLimitOptions {
  /** The number of requests that a client may send in a burst. @defaultValue 100 */
  capacity?: number | undefined
  /** The number of requests that a client may send each second on average. @defaultValue 10 */
  refillPerSecond?: number | undefined
  /** Stores the buckets. @defaultValue an {@link InMemoryRateLimitStore} */
  store?: RateLimitStore | undefined
  /**
   * Returns the key of the client, or `undefined` for the default key. If it throws or returns a promise, the request
   * gets 500.
   */
  key?: ((request: Request, options: McpHandlerRequestOptions) => string | undefined) | undefined
  /**
   * The proxies whose `X-Forwarded-For` is trusted. Not needed behind a `withGuard` with this option.
   * @defaultValue none
   */
  trustProxy?: TrustProxy | undefined
  /** Serves requests while the store fails, instead of rejecting them with 503. @defaultValue false */
  failOpen?: boolean | undefined
  /** Called with each rejected request (`GuardRefusal`) and with failures of the store. What it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Wraps a handler with a rate limit for each client, by a token bucket. Behind `withAuth`, a client is its verified
 * identity (`sub`, `userId` or `id`, with `iss`, of `authInfo.extra.claims` or `authInfo.extra`, or else its token).
 * Otherwise it is its address: an IPv6 address counts by its /64, and by its /48 with a limit that is 16 times as high.
 * Clients without either share one bucket. Forwarded headers are only read from proxies of `trustProxy`.
 *
 * A request over the limit gets 429 with `Retry-After` (whole seconds) and a JSON-RPC error (-32600; `data.reason` is
 * `rate-limited`, `data.retryAfterMs` is more precise). The body is not read, so the error has the request's id only if
 * `parsedBody` was passed. RFC 6585 section 4.
 *
 * @param handler - A Portico handler, or any object with such a `fetch`. Its other members are kept.
 * @param options - See {@link RateLimitOptions}.
 * @throws TypeError for an unknown option.
 * @throws RangeError if `capacity` is below 1 or `refillPerSecond` is not positive.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { withGuard, withRateLimit } from '@portico-mcp/guard'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'busy', version: '1.0.0' }))
 *
 * export default withGuard(withRateLimit(handler, { capacity: 20, refillPerSecond: 2 }))
 * ```
 */
export function withRateLimit<H extends FetchHandler>(
  handler: H,
  options: RateLimitOptions = {},
): Wrapped<H> {
  const check = createCheck('withRateLimit', options)
  return wrap(handler, async (request, requestOptions) => {
    const refused = await check(request, requestOptions)
    return refused ?? handler.fetch(request, requestOptions)
  })
}

/**
 * Creates the check of {@link withRateLimit}, for your own routes and for middleware of a framework. It counts the request
 * and resolves with the 429 response, or with `undefined` if the request is allowed.
 *
 * @param options - See {@link RateLimitOptions}.
 * @throws TypeError for an unknown option.
 * @throws RangeError if `capacity` is below 1 or `refillPerSecond` is not positive.
 */
export function rateLimit(options: RateLimitOptions = {}): Check {
  return createCheck('rateLimit', options)
}

type Check = (request: Request, requestOptions?: McpHandlerRequestOptions) => Promise<Response | undefined>

const RULES: Rules<keyof RateLimitOptions> = {
  capacity: {
    allowed: 'a finite number of 1 or more',
    isAllowed: (value) => Number.isFinite(value) && (value as number) >= 1,
  },
  refillPerSecond: {
    allowed: 'a finite number greater than 0',
    isAllowed: (value) => Number.isFinite(value) && (value as number) > 0,
  },
  store: optionRules.objectWith('take'),
  key: optionRules.callback,
  trustProxy,
  failOpen: optionRules.flag,
  onerror: optionRules.callback,
}

function createCheck(caller: string, options: RateLimitOptions): Check {
  validateOptions(caller, options, RULES)
  const { capacity = 100, refillPerSecond = 10, failOpen = false, key, onerror } = options
  const { store = new InMemoryRateLimitStore() } = options
  const findClient = clientFinder(options.trustProxy)

  function getKeys(request: Request, requestOptions: McpHandlerRequestOptions): readonly string[] | Refusal {
    const { address } = findClient(request, requestOptions.clientAddress)
    const own: unknown = key && callOption('key', () => key(request, requestOptions))
    if (own === undefined || own === null) return defaultKeys(requestOptions, address)
    // An object such as a promise becomes the text `[object …]`, which would be one bucket for all clients.
    if (typeof own !== 'string' && typeof own !== 'number') {
      throw checkFailed('key', new TypeError(`key must return a string or undefined (got ${typeof own})`))
    }
    return [`key:${own}`]
  }

  async function take(bucketKey: string, times = 1): Promise<RateLimitResult | GuardRefusal> {
    try {
      const taken = await store.take(bucketKey, {
        capacity: capacity * times,
        refillPerSecond: refillPerSecond * times,
      })
      if (typeof taken?.allowed !== 'boolean') throw new TypeError('store: take must resolve to { allowed }')
      return taken
    } catch (cause) {
      const refusal = new GuardRefusal('rate-limit-unavailable', 'Requests cannot be counted now', { cause })
      report(onerror, refusal)
      return failOpen ? { allowed: true, retryAfterMs: 0 } : refusal
    }
  }

  return async (request, requestOptions = {}) => {
    const keys = refusedBy(() => getKeys(request, requestOptions))
    if (keys instanceof GuardRefusal) {
      report(onerror, keys)
      return refusalResponse(keys, requestOptions.parsedBody)
    }
    if (keys instanceof Refusal) {
      report(onerror, keys)
      return errorResponse(keys)
    }
    const [narrow = '', wide] = keys
    let taken = await take(narrow)
    if (wide !== undefined && !(taken instanceof GuardRefusal) && taken.allowed) {
      taken = await take(wide, TIMES_WIDER)
    }
    if (taken instanceof GuardRefusal) return refusalResponse(taken, requestOptions.parsedBody)
    if (taken.allowed) return undefined
    const refusal = tooMany(taken.retryAfterMs)
    report(onerror, refusal)
    return refusalResponse(refusal, requestOptions.parsedBody)
  }
}

function tooMany(retryAfterMs: number): GuardRefusal {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  return new GuardRefusal('rate-limited', `Too many requests; the next is served in ${seconds} s`, {
    data: { retryAfterMs },
    headers: { 'retry-after': String(seconds) },
  })
}

/** By which factor the limit of a /48 is higher than that of a /64. A site can use 65,536 of them. */
const TIMES_WIDER = 16

// The prefix `address:` keeps an identity from matching the bucket of an address.
function defaultKeys(
  { authInfo }: McpHandlerRequestOptions,
  address: string | undefined,
): readonly string[] | Refusal {
  try {
    const caller = readAuthInfo(authInfo)
    if (caller) return [createUserKey(caller)]
  } catch (error) {
    // An `authInfo` that does not identify a caller is rejected, instead of sharing one bucket.
    if (error instanceof Refusal) return error
    throw error
  }
  return address === undefined ? ['unknown'] : listNetworks(address).map((network) => `address:${network}`)
}
