import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { RedisBackend } from './backend.ts'
import { BACKEND_RULES, createBackend, type RedisBackendOptions } from './backend-options.ts'
import { UpstashClient } from './upstash-client.ts'

/** Options of `fromUpstash`. */
export interface UpstashOptions extends RedisBackendOptions {
  /** The URL of the REST API, `UPSTASH_REDIS_REST_URL` in Upstash's console, and `KV_REST_API_URL` on Vercel. */
  url: string | undefined
  /** The token of the REST API, `UPSTASH_REDIS_REST_TOKEN` or `KV_REST_API_TOKEN`. It must be allowed to write. */
  token: string | undefined
}

const RULES: Rules<keyof UpstashOptions> = {
  url: {
    allowed: 'an https:// or http:// URL',
    isAllowed: (url) => typeof url === 'string' && /^https?:\/\//.test(url) && URL.canParse(url),
    error: TypeError,
  },
  token: optionRules.secret(optionRules.text),
  ...BACKEND_RULES,
}

/**
 * Connects the stores and the bus to a Redis of Upstash by its REST API, with `fetch`, for functions whose TCP connections
 * end between requests. It runs on Node, Bun and Deno.
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
  const { url, token, timeoutMs = 5000 } = options
  if (!url || !token)
    throw new TypeError('fromUpstash: url and token must be set, for example by UPSTASH_REDIS_REST_URL')
  return createBackend(new UpstashClient(url, token, timeoutMs), options, timeoutMs)
}
