import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  Refusal,
  type Wrapped,
} from '@portico-mcp/core'
import {
  optionRules,
  type Rules,
  readAuthInfo,
  userKeyOf,
  validateOptions,
  wrap,
} from '@portico-mcp/core/internal'
import { networksOf } from './address.ts'
import { trustProxy } from './option-rules.ts'
import { clientFinder, type TrustProxy } from './proxy.ts'
import { InMemoryRateLimitStore, type RateLimitResult, type RateLimitStore } from './rate-limit-store.ts'
import { GuardRefusal, refusalResponse, report } from './refusal.ts'
import { callOption, checkFailed, refusedBy } from './user-function.ts'

/** Options of {@link withRateLimit}. */
export interface RateLimitOptions {
  /** Requests that a client may make at once, after a rest. @defaultValue 100 */
  capacity?: number | undefined
  /** Requests a second that a client may make for good. @defaultValue 10 */
  refillPerSecond?: number | undefined
  /** Where buckets are kept. @defaultValue an {@link InMemoryRateLimitStore} */
  store?: RateLimitStore | undefined
  /**
   * Who is counted as one; `undefined` for whom the default says. Where it throws, or returns a promise, the request
   * is answered with 500.
   */
  key?: ((request: Request, options: McpHandlerRequestOptions) => string | undefined) | undefined
  /** Whose `X-Forwarded-For` counts; not needed behind a `withGuard` that has it. @defaultValue none are trusted */
  trustProxy?: TrustProxy | undefined
  /** Serves requests, rather than refuse them (503), while the store fails. @defaultValue false */
  failOpen?: boolean | undefined
  /** Hears of refusals (`GuardRefusal`) and of a store that fails; what it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Serves each client no faster than a token bucket allows. A client is its verified identity
 * (`sub`, `userId` or `id`, with `iss`, of `authInfo.extra.claims` or `authInfo.extra`, else its token), which
 * takes an `withAuth` in front; else its address, an IPv6 one by its /64 and, with 16 times as much, its /48. Those of
 * whom neither is known share one bucket. Headers count
 * only as far as `trustProxy` says.
 *
 * One request too many is answered 429 with `Retry-After` (whole seconds) and a JSON-RPC error (-32600;
 * `data.reason` is `rate-limited`, `data.retryAfterMs` says it finer). The body is not read for it, so it
 * carries the request's id only where `parsedBody` was passed. RFC 6585 section 4.
 *
 * @param handler - A Portico handler, or anything with its fetch shape; its other members stay.
 * @param options - See {@link RateLimitOptions}.
 * @throws TypeError for an unknown option, RangeError for a capacity below 1 or a refill that is not positive.
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
 * The check of {@link withRateLimit}, for routes of your own and middleware of a framework. It counts the
 * request and resolves to the 429 that refuses it, or to `undefined` where it may go on.
 *
 * @param options - See {@link RateLimitOptions}.
 * @throws TypeError for an unknown option, RangeError for a capacity below 1 or a refill that is not positive.
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

  function keysOf(request: Request, requestOptions: McpHandlerRequestOptions): readonly string[] | Refusal {
    const { address } = findClient(request, requestOptions.clientAddress)
    const own: unknown = key && callOption('key', () => key(request, requestOptions))
    if (own === undefined || own === null) return defaultKeys(requestOptions, address)
    // the text of an object, such as a promise, would be one bucket for everybody
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
    const keys = refusedBy(() => keysOf(request, requestOptions))
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

/** How many clients a wider network counts as: a client that has one can use any of its 65,536 smaller ones. */
const TIMES_WIDER = 16

// the prefix keeps an identity from passing for an address
function defaultKeys(
  { authInfo }: McpHandlerRequestOptions,
  address: string | undefined,
): readonly string[] | Refusal {
  try {
    const caller = readAuthInfo(authInfo)
    if (caller) return [userKeyOf(caller)]
  } catch (error) {
    // a host's identity that does not identify a caller is refused, rather than given a shared bucket
    if (error instanceof Refusal) return error
    throw error
  }
  return address === undefined ? ['unknown'] : networksOf(address).map((network) => `address:${network}`)
}
