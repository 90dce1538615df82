import { optionRules, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { RedisBackend } from './backend.ts'
import { RawBackend } from './raw-backend.ts'
import { UpstashClient } from './upstash-client.ts'

/** Options of `fromUpstash`. */
export interface UpstashOptions {
  /** The URL of the REST API, `UPSTASH_REDIS_REST_URL` in Upstash's console, and `KV_REST_API_URL` on Vercel. */
  url: string | undefined
  /** The token of the REST API, `UPSTASH_REDIS_REST_TOKEN` or `KV_REST_API_TOKEN`. It must be allowed to write. */
  token: string | undefined
  /**
   * The prefix of all keys and channels: letters, digits and `-_.:`. Use another one for each service.
   * @defaultValue `portico`
   */
  prefix?: string | undefined
  /** Milliseconds for each command. After that, a call rejects. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /**
   * Called when a subscription is lost or cannot be opened (once for each outage), when a change could not be sent to
   * other nodes, and with errors of listeners. What it throws is ignored.
   */
  onerror?: ((error: Error) => void) | undefined
}

const RULES: Rules<keyof UpstashOptions> = {
  url: {
    allowed: 'an https:// or http:// URL',
    isAllowed: (url) => typeof url === 'string' && /^https?:\/\//.test(url) && URL.canParse(url),
    error: TypeError,
  },
  token: optionRules.secret(optionRules.text),
  prefix: optionRules.keyPrefix,
  timeoutMs: optionRules.timerMs(1),
  onerror: optionRules.callback,
}

/**
 * Connects the stores and the bus to a Redis of Upstash by its REST API, for platforms that open no TCP connections or end
 * them between requests. It needs `fetch` alone.
 *
 * Each command is one request. Messages of the bus are sent one request after the other, so that they arrive in order; those
 * that wait are sent together. Each channel with a listener has one stream of server-sent events: one for each session of
 * this node, and one for changes. Redirects are not followed.
 *
 * @throws TypeError for an unknown option, and if `url` or `token` is missing. The message does not contain the token.
 * @throws RangeError if a number is out of range.
 *
 * @example
 * ```ts
 * import { fromUpstash, RedisRateLimitStore, RedisSessionStore } from '@portico-mcp/redis'
 *
 * const {
 *   UPSTASH_REDIS_REST_URL: url = 'https://example.upstash.io',
 *   UPSTASH_REDIS_REST_TOKEN: token = 'secret',
 * } = process.env
 *
 * const redis = fromUpstash({ url, token, onerror: console.error })
 * export const store = new RedisSessionStore(redis)
 * export const rateLimitStore = new RedisRateLimitStore(redis)
 * ```
 */
export function fromUpstash(options: UpstashOptions): RedisBackend {
  validateOptions('fromUpstash', options, RULES)
  const { url, token, prefix = 'portico', timeoutMs = 5000, onerror } = options
  if (!url || !token)
    throw new TypeError('fromUpstash: url and token must be set, for example by UPSTASH_REDIS_REST_URL')
  const client = new UpstashClient(url, token, timeoutMs)
  return new RawBackend(client, { prefix, timeoutMs, report: reporter(onerror) })
}
