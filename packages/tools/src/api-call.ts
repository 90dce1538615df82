import { validateOptions } from '@portico-mcp/core/internal'
import { type ApiHeaders, checkApi, currentApiContext, currentSignals } from './api-context.ts'
import { ApiError } from './api-error.ts'
import { type ApiQuery, apiUrl, refuseUndefined } from './api-url.ts'
import { CALL_RULES } from './call-rules.ts'
import { statusError } from './error-text.ts'
import { followRedirects, type Outgoing } from './follow-redirects.ts'
import { type RawAnswer, readAnswer, valueOfAnswer } from './read-answer.ts'
import type { Redirects } from './redirect-target.ts'
import { type Retry, readRetry, retrying } from './retry.ts'

/** Options of {@link apiCall}. */
export interface ApiCallOptions {
  /** What paths are beneath. @defaultValue the `apiBaseUrl` of `withApi` */
  baseUrl?: string | undefined
  /**
   * Sent as JSON. Form data, URL search parameters, blobs, bytes and streams are sent as they are, and so is
   * text under a content type of its own; under one of JSON, text that is JSON already. A stream is sent once:
   * without further attempts, and to no redirect. @defaultValue none
   */
  body?: unknown | undefined
  /** Headers of this call; they win over those of the context, in whatever case. @defaultValue none */
  headers?: ApiHeaders | undefined
  /** Query parameters, added to those of the URL. @defaultValue none */
  query?: ApiQuery | undefined
  /** Ends the call, besides the signals that it runs beneath. @defaultValue none */
  signal?: AbortSignal | undefined
  /** Milliseconds for all of it: attempts, redirects, pauses and the body. @defaultValue 30000 */
  timeoutMs?: number | undefined
  /**
   * Further attempts where nothing answered, or 408, 429, 502, 503 or 504 did; after `Retry-After`, or
   * 200 ms and its doubles, ten seconds at most. Methods that are not idempotent (RFC 9110 §9.2.2) are
   * not repeated, unless `anyMethod` says so. @defaultValue 0
   */
  retry?: number | Retry | undefined
  /** Bytes of an answer that are read at most. @defaultValue 4194304 */
  maxResponseBytes?: number | undefined
  /**
   * Which redirects are followed: all of up to five, those to the same origin, or none; another is an
   * `ApiError` with the reason `redirect`. None leads from a host elsewhere to a loopback or link-local
   * address.
   * @defaultValue 'follow'
   */
  redirects?: Redirects | undefined
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
 * @returns JSON where the answer says so, `+json` included, in which integers beyond 2^53 are texts; undefined
 * for 204, 205 and an empty body of JSON; a `Uint8Array` for what is binary, such as images and archives; text
 * otherwise, by the charset of the answer. Of a stream of events (`text/event-stream`) that has not ended
 * in time, what came.
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
  validateOptions('apiCall', options, CALL_RULES)
  refuseUndefined(url)
  return valueOfAnswer(await sendCall(method, url, options)) as T
}

/**
 * Calls an API, and reads its answer.
 *
 * @throws ApiError as {@link apiCall} does, besides that of JSON.
 */
export async function sendCall(method: string, url: string, options: ApiCallOptions): Promise<RawAnswer> {
  const { timeoutMs = 30_000, maxResponseBytes = 4 * 1024 * 1024, signal } = options
  const outgoing = outgoingOf(method, url, options)
  const attempts = outgoing.body instanceof ReadableStream ? 0 : readRetry(options.retry, outgoing.method)
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), Math.min(timeoutMs, LONGEST_TIMER))
  const all = AbortSignal.any([timeout.signal, ...currentSignals(), ...(signal ? [signal] : [])])
  const isOver = (): boolean => timeout.signal.aborted && all.reason === timeout.signal.reason
  try {
    const response = await retrying(() => followRedirects(outgoing, all), attempts, all)
    const answer = await readAnswer(response, maxResponseBytes, isOver)
    if (!answer.ok) throw statusError(answer)
    return answer
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    const { origin } = outgoing.url
    if (isOver()) throw new ApiError('timeout', `${origin} took more than ${timeoutMs} ms`, { cause })
    if (all.aborted) throw all.reason
    throw new ApiError('network', `${origin} could not be reached`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

const REDIRECTS = ['follow', 'same-origin', 'none']

/** @throws TypeError for what is no way to follow redirects */
export function checkRedirects(redirects: Redirects = 'follow'): void {
  if (REDIRECTS.includes(redirects)) return
  throw new TypeError(
    `redirects must be one of ${REDIRECTS.join(', ')} (got ${String(redirects).slice(0, 50)})`,
  )
}

function outgoingOf(method: string, url: string, options: ApiCallOptions): Outgoing {
  const {
    apiBaseUrl,
    headers: contextHeaders,
    query: contextQuery = {},
    headerOrigins = [],
  } = currentApiContext()
  const { baseUrl, headers, body, query, redirects = 'follow' } = options
  checkApi({ apiBaseUrl: baseUrl })
  checkRedirects(redirects)
  if (body !== undefined && /^(get|head)$/i.test(method)) throw new TypeError(`${method} takes no body`)
  const target = apiUrl(url, baseUrl ?? apiBaseUrl, query)
  // undici warns of `patch` in lower case; the constructor refuses what is no method
  const { method: known } = new Request(target, { method: method.toUpperCase() })
  const own = headersOf(headers, isSaid)
  const trusted = new Set(headerOrigins)
  if (apiBaseUrl !== undefined) trusted.add(new URL(apiBaseUrl).origin)
  return {
    url: target,
    method: known,
    body: encode(body, own),
    headers: own,
    contextHeaders: headersOf(contextHeaders, (_, value) => value !== ''),
    contextQuery,
    redirects,
    isTrusted: (origin) => trusted.has(origin),
  }
}

const CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie']

/** An empty credential says as much as none: that of the context counts. */
const isSaid = (name: string, value: string): boolean =>
  value !== '' || !CREDENTIALS.includes(name.toLowerCase())

function headersOf(record: ApiHeaders = {}, admits: (name: string, value: string) => boolean): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(record)) {
    if (value !== undefined && admits(name, value)) setHeader(headers, name, value)
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
