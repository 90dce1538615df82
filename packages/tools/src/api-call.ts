import { type ApiHeaders, checkApi, currentApiContext, currentSignals } from './api-context.ts'
import { ApiError } from './api-error.ts'
import { type ApiQuery, apiUrl } from './api-url.ts'
import { followRedirects, type Outgoing } from './follow-redirects.ts'
import { readResponse } from './read-response.ts'
import { type Retry, readRetry, retrying } from './retry.ts'

/** Options of {@link apiCall}. */
export interface ApiCallOptions {
  /** What paths are beneath. @defaultValue the `apiBaseUrl` of `withApi` */
  baseUrl?: string
  /**
   * Sent as JSON. Form data, URL search parameters, blobs and bytes are sent as they are, and so is text
   * under a content type of its own. @defaultValue none
   */
  body?: unknown
  /** Headers of this call; they win over those of the context, in whatever case. @defaultValue none */
  headers?: ApiHeaders
  /** Query parameters, added to those of the URL. @defaultValue none */
  query?: ApiQuery
  /** Ends the call, besides the signals that it runs beneath. @defaultValue none */
  signal?: AbortSignal
  /** Milliseconds for all of it: attempts, redirects, pauses and the body. @defaultValue 30000 */
  timeoutMs?: number
  /**
   * Further attempts where nothing answered, or 408, 429, 502, 503 or 504 did; after `Retry-After`, or
   * 200 ms and its doubles, ten seconds at most. Methods that are not idempotent (RFC 9110 §9.2.2) are
   * not repeated, unless `anyMethod` says so. @defaultValue 0
   */
  retry?: number | Retry
  /** Bytes of an answer that are read at most. @defaultValue 4194304 */
  maxResponseSize?: number
}

const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Calls an HTTP API from a tool. Beneath `withApi`, paths stand for what is under its base URL, and its
 * headers go to the origin of that URL alone. Works outside of it, with whole URLs.
 *
 * Up to five redirects are followed; another origin sees neither headers of the context nor, of this
 * call's, more than what it accepts and the type of the body.
 *
 * @param method - HTTP method.
 * @param url - A path from `/` on, without `.` and `..` segments; or an `http` or `https` URL.
 * @param options - See {@link ApiCallOptions}.
 * @returns JSON where the answer says so, `+json` included; undefined for 204, 205 and an empty body of
 * JSON; text otherwise.
 * @throws ApiError told apart by `reason`; with `status` and `body` for an answer that is not 2xx. What
 * `signal` was aborted with. TypeError for a method, a header, a body or an option that cannot be sent.
 *
 * @example
 * ```ts
 * import { apiCall } from '@portico-mcp/tools'
 *
 * export const ratesOf = (currency: string) =>
 *   apiCall('GET', 'https://rates.example.com/latest', { query: { currency }, retry: 2 })
 * ```
 */
export async function apiCall<T = unknown>(
  method: string,
  url: string,
  options: ApiCallOptions = {},
): Promise<T> {
  const { timeoutMs = 30_000, maxResponseSize = 4 * 1024 * 1024, signal } = options
  const outgoing = outgoingOf(method, url, options)
  const attempts = readRetry(options.retry, outgoing.method)
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), Math.min(timeoutMs, LONGEST_TIMER))
  const all = AbortSignal.any([timeout.signal, ...currentSignals(), ...(signal ? [signal] : [])])
  try {
    const response = await retrying(() => followRedirects(outgoing, all), attempts, all)
    return (await readResponse(response, maxResponseSize)) as T
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    const { origin } = outgoing.url
    if (timeout.signal.aborted && all.reason === timeout.signal.reason) {
      throw new ApiError('timeout', `${origin} took more than ${timeoutMs} ms`, { cause })
    }
    if (all.aborted) throw all.reason
    throw new ApiError('network', `${origin} could not be reached`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function outgoingOf(method: string, url: string, options: ApiCallOptions): Outgoing {
  const { apiBaseUrl, headers: contextHeaders, headerOrigins = [] } = currentApiContext()
  const { baseUrl, headers, body, query } = options
  checkApi({ apiBaseUrl: baseUrl })
  if (body !== undefined && /^(get|head)$/i.test(method)) throw new TypeError(`${method} takes no body`)
  const target = apiUrl(url, baseUrl ?? apiBaseUrl, query)
  // it refuses what is no method
  const { method: known } = new Request(target, { method })
  const own = headersOf(headers)
  const trusted = new Set(headerOrigins)
  if (apiBaseUrl !== undefined) trusted.add(new URL(apiBaseUrl).origin)
  return {
    url: target,
    method: known.toUpperCase(),
    body: encode(body, own),
    headers: own,
    contextHeaders: headersOf(contextHeaders, (value) => value !== ''),
    isTrusted: (origin) => trusted.has(origin),
  }
}

function headersOf(record: ApiHeaders = {}, admits = (_value: string): boolean => true): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(record)) {
    if (value !== undefined && admits(value)) setHeader(headers, name, value)
  }
  return headers
}

// what the platform throws has the value in it, which may be a credential
function setHeader(headers: Headers, name: string, value: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new TypeError('A header has a name that no header can have')
  try {
    headers.set(name, value)
  } catch {
    throw new TypeError(`The header ${name} has a value that no header can have`)
  }
}

function encode(body: unknown, headers: Headers): BodyInit | undefined {
  if (body === undefined || isRaw(body)) return body
  const type = headers.get('content-type')
  if (typeof body === 'string' && type !== null && !/[/+]json\b/i.test(type)) return body
  if (type === null) headers.set('content-type', 'application/json')
  return JSON.stringify(body)
}

const RAW = [URLSearchParams, FormData, Blob, ArrayBuffer]

const isRaw = (body: unknown): body is BodyInit =>
  RAW.some((kind) => body instanceof kind) || ArrayBuffer.isView(body)
