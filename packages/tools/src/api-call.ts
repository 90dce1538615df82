import { validateOptions } from '@portico-mcp/core/internal'
import { type ApiHeaders, checkApiContext, getApiContext, getSignals } from './api-context.ts'
import { ApiError } from './api-error.ts'
import { type ApiQuery, buildApiUrl, checkUrlValues } from './api-url.ts'
import { CALL_RULES } from './call-rules.ts'
import { followRedirects, type Outgoing } from './follow-redirects.ts'
import { type ReceivedResponse, readValue, receiveResponse } from './read-response.ts'
import type { Redirects } from './redirect-target.ts'
import { type Retry, readRetry, sendWithRetries } from './send-with-retries.ts'
import { createStatusError } from './status-error.ts'

/** Options of {@link apiCall}. */
export interface ApiCallOptions {
  /** The base URL of relative paths. @defaultValue the `apiBaseUrl` of `withApi` */
  baseUrl?: string | undefined
  /**
   * The body, which is sent as JSON. Form data, URL search parameters, blobs, bytes and streams are sent unchanged; so is a
   * string if the call has a `content-type`, unless that is JSON and the string is not. A stream can be sent only once: it
   * is not retried, and its redirects are not followed. @defaultValue none
   */
  body?: unknown | undefined
  /** Headers of this call. They replace those of `withApi`; the case of names does not matter. @defaultValue none */
  headers?: ApiHeaders | undefined
  /** Query parameters to add to those of the URL. @defaultValue none */
  query?: ApiQuery | undefined
  /** Aborts the call, like the signals of the request and the tool call. @defaultValue none */
  signal?: AbortSignal | undefined
  /** Milliseconds that the whole call may take: attempts, redirects, pauses and the body. @defaultValue 30000 */
  timeoutMs?: number | undefined
  /**
   * The number of further attempts after a network error, or a status 408, 429, 502, 503 or 504. The pause is
   * `Retry-After`, else 200 ms, doubled with each attempt; at most ten seconds. Methods that are not idempotent (RFC 9110
   * §9.2.2) are not repeated unless `anyMethod` is true. @defaultValue 0
   */
  retry?: number | Retry | undefined
  /** The largest response body, in bytes. @defaultValue 4194304 */
  maxResponseBytes?: number | undefined
  /**
   * Which redirects are followed: up to five to any origin, up to five to the same origin, or none. Any other redirect is an
   * `ApiError` with the reason `redirect`. A redirect from another host to a loopback or link-local address is never
   * followed. @defaultValue 'follow'
   */
  redirects?: Redirects | undefined
}

// Timers of JavaScript fire immediately for a longer delay.
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Calls an HTTP API from a tool. Behind `withApi`, a path is relative to its `apiBaseUrl`, and its headers are sent to the
 * origin of that URL only. Without `withApi`, use absolute URLs.
 *
 * Up to five redirects are followed. Another origin gets no headers of `withApi`, and of the headers of the call only
 * `accept`, `accept-language` and `content-type`.
 *
 * @param method - The HTTP method.
 * @param url - A path that begins with `/`, without `.` and `..` segments, or an `http` or `https` URL.
 * @param options - See {@link ApiCallOptions}.
 * @returns Parsed JSON if the response is JSON (`+json` included), in which integers beyond 2^53 are strings; undefined for
 *   204, 205 and an empty JSON body; a `Uint8Array` for binary content such as images and archives; otherwise text, in the
 *   charset of the response. Of an event stream (`text/event-stream`) that has not ended within the time limit, what has
 *   arrived.
 * @throws ApiError with a stable `reason`, and with `status` and `body` if the status is not 2xx; the reason of `signal` if
 *   it is aborted; TypeError or RangeError if an option is unknown or not allowed, or if a method, header or body cannot be
 *   sent.
 *
 * @example
 * ```ts
 * import { apiCall } from '@portico-mcp/tools'
 *
 * export const fetchRates = (currency: string) =>
 *   apiCall('GET', 'https://rates.example.com/latest', { query: { currency }, retry: 2 })
 * ```
 */
export async function apiCall<T = unknown>(
  method: string,
  url: string,
  options: ApiCallOptions = {},
): Promise<T> {
  validateOptions('apiCall', options, CALL_RULES)
  checkUrlValues(url)
  return readValue(await sendCall(method, url, options)) as T
}

/**
 * Calls an API, and reads the response without interpreting its body.
 *
 * @throws ApiError like {@link apiCall}, except for `invalid-json`.
 */
export async function sendCall(
  method: string,
  url: string,
  options: ApiCallOptions,
): Promise<ReceivedResponse> {
  const { timeoutMs = 30_000, maxResponseBytes = 4 * 1024 * 1024, signal } = options
  const outgoing = buildOutgoing(method, url, options)
  const attempts = outgoing.body instanceof ReadableStream ? 0 : readRetry(options.retry, outgoing.method)
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), Math.min(timeoutMs, MAX_TIMER_MS))
  const all = AbortSignal.any([timeout.signal, ...getSignals(), ...(signal ? [signal] : [])])
  const isTimedOut = (): boolean => timeout.signal.aborted && all.reason === timeout.signal.reason
  try {
    const response = await sendWithRetries(() => followRedirects(outgoing, all), attempts, all)
    const received = await receiveResponse(response, maxResponseBytes, isTimedOut)
    if (!received.ok) throw createStatusError(received)
    return received
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    const { origin } = outgoing.url
    if (isTimedOut()) {
      throw new ApiError('timeout', `The call to ${origin} took more than ${timeoutMs} ms`, { cause })
    }
    if (all.aborted) throw all.reason
    throw new ApiError('network', `${origin} could not be reached`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

function buildOutgoing(method: string, url: string, options: ApiCallOptions): Outgoing {
  const {
    apiBaseUrl,
    headers: contextHeaders,
    query: contextQuery = {},
    headerOrigins = [],
  } = getApiContext()
  const { baseUrl, headers, body, query, redirects = 'follow' } = options
  checkApiContext('apiCall', { apiBaseUrl: baseUrl }, 'baseUrl')
  if (body !== undefined && /^(get|head)$/i.test(method))
    throw new TypeError(`apiCall: a request with the method ${method} must not have a body`)
  const target = buildApiUrl(url, baseUrl ?? apiBaseUrl, query)
  // The constructor rejects malformed methods. Upper case, because undici warns of a lower-case `patch`.
  const { method: checkedMethod } = new Request(target, { method: method.toUpperCase() })
  const callHeaders = buildHeaders(headers, isGiven)
  const trusted = new Set(headerOrigins)
  if (apiBaseUrl !== undefined) trusted.add(new URL(apiBaseUrl).origin)
  return {
    url: target,
    method: checkedMethod,
    body: encodeBody(body, callHeaders),
    headers: callHeaders,
    contextHeaders: buildHeaders(contextHeaders, (_, value) => value !== ''),
    contextQuery,
    redirects,
    isTrusted: (origin) => trusted.has(origin),
  }
}

const CREDENTIAL_HEADERS = ['authorization', 'proxy-authorization', 'cookie']

/** An empty credential counts as absent, so that the one of `withApi` is sent. */
const isGiven = (name: string, value: string): boolean =>
  value !== '' || !CREDENTIAL_HEADERS.includes(name.toLowerCase())

function buildHeaders(
  record: ApiHeaders = {},
  isIncluded: (name: string, value: string) => boolean,
): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(record)) {
    if (value !== undefined && isIncluded(name, value)) setHeader(headers, name, value)
  }
  return headers
}

// The error of the platform contains the value, which may be a credential, so it is not passed on.
function setHeader(headers: Headers, name: string, value: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw new TypeError("apiCall: headers must have names of letters, digits and -_!#$%&'*+.^`|~")
  try {
    headers.set(name, value)
  } catch {
    throw new TypeError(
      `apiCall: the header ${name} must not contain line breaks or characters beyond U+00FF`,
    )
  }
}

function encodeBody(body: unknown, headers: Headers): BodyInit | undefined {
  if (body === undefined || isRaw(body)) return body
  const type = headers.get('content-type')
  if (typeof body === 'string' && type !== null && (!/[/+]json\b/i.test(type) || isJson(body))) return body
  if (type === null) headers.set('content-type', 'application/json')
  return JSON.stringify(body)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const RAW = [URLSearchParams, FormData, Blob, ArrayBuffer, ReadableStream]

const isRaw = (body: unknown): body is BodyInit =>
  RAW.some((kind) => body instanceof kind) || ArrayBuffer.isView(body)
