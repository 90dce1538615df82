import { optionRules, type Rules, readTextWithin, sha256, validateOptions } from '@portico-mcp/core/internal'
import { waitUntil } from '#wait-until'

/** A KV namespace of Workers, as it is bound. */
export interface KvNamespace {
  get(key: string): Promise<string | null>
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>
}

/** Options of {@link kvFetch}. */
export interface KvFetchOptions {
  /**
   * Seconds after which a response is requested again, from 60, even if its server allows more. A key set with a new key is
   * seen after this time. @defaultValue 300 (five minutes)
   */
  maxAgeSeconds?: number | undefined
}

/** The part of a response that is stored. */
interface Stored {
  headers: [name: string, value: string][]
  text: string
}

const RULES: Rules<keyof KvFetchOptions> = { maxAgeSeconds: optionRules.integerFrom(60, 86_400, 'seconds') }
const NAMESPACE = optionRules.objectWith('get', 'put')

/** The least time to live that KV takes. */
const MIN_SECONDS = 60
const MAX_BYTES = 256 * 1024
const KEPT_HEADERS = ['content-type', 'cache-control']

/**
 * Creates a `fetch` that keeps responses in Workers KV, for what may be some minutes old: pass it to `oauthServer` for the
 * metadata documents of clients, and to a verifier for key sets. All isolates share what one has fetched.
 *
 * It keeps responses with status 200 to GET requests without credentials, up to 256 kB, as their `Cache-Control` allows
 * (RFC 9111). Everything else is fetched each time, also if KV fails.
 *
 * @param namespace - The binding of a KV namespace.
 * @throws TypeError for an unknown option, and for a namespace that is not bound.
 * @throws RangeError if a number is out of range.
 */
export function kvFetch(namespace: KvNamespace, options: KvFetchOptions = {}): typeof globalThis.fetch {
  if (!NAMESPACE.isAllowed(namespace)) {
    throw new TypeError('kvFetch: namespace must be a binding of a KV namespace: bind one in kv_namespaces')
  }
  validateOptions('kvFetch', options, RULES)
  const { maxAgeSeconds = 300 } = options

  async function fetchAndStore(request: Request, key: string): Promise<Response> {
    const response = await fetch(request)
    const seconds = Math.min(readMaxAge(response, maxAgeSeconds), maxAgeSeconds)
    if (seconds < MIN_SECONDS) return response
    const copy = response.clone()
    const text = await readTextWithin(copy, MAX_BYTES)
    if (text === undefined) return response
    const headers = KEPT_HEADERS.flatMap((name): [string, string][] => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value]]
    })
    const stored: Stored = { headers, text }
    waitUntil(namespace.put(key, JSON.stringify(stored), { expirationTtl: seconds }))
    return response
  }

  return async (input, init) => {
    const request = new Request(input, init)
    if (!isCacheable(request)) return fetch(request)
    const key = `fetch:${sha256(`${request.headers.get('accept')} ${request.url}`)}`
    const found = await namespace.get(key).catch(() => null)
    if (found === null) return fetchAndStore(request, key)
    const { headers, text } = JSON.parse(found) as Stored
    return new Response(text, { headers })
  }
}

const isCacheable = ({ method, headers }: Request): boolean =>
  method === 'GET' && !headers.has('authorization') && !headers.has('cookie') && !headers.has('range')

/** Reads the seconds for which any client may use a response (RFC 9111 section 5.2.2). */
function readMaxAge({ status, headers }: Response, defaultSeconds: number): number {
  const control = headers.get('cache-control') ?? ''
  if (status !== 200 || /\b(?:no-store|no-cache|private)\b/i.test(control)) return 0
  const [, maxAge] = /\bmax-age=(\d{1,9})\b/i.exec(control) ?? []
  return maxAge === undefined ? defaultSeconds : Number(maxAge)
}
