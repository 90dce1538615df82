import { ApiError } from './api-error.ts'
import type { ApiQuery } from './api-url.ts'
import { addQuery } from './api-url.ts'
import { checkRedirect, type Redirects } from './redirect-target.ts'

/** A request that can be sent several times. */
export interface Outgoing {
  url: URL
  method: string
  body?: BodyInit | undefined
  /** The headers of this call. */
  headers: Headers
  /** The headers of `withApi`, for trusted origins. */
  contextHeaders: Headers
  /** The query parameters of `withApi`, for trusted origins. */
  contextQuery: ApiQuery
  redirects: Redirects
  /** Whether an origin gets the headers and parameters of `withApi`. */
  isTrusted(origin: string): boolean
}

const MAX_REDIRECTS = 5
const REDIRECT_STATUSES = [301, 302, 303, 307, 308]

/** The headers that are sent to another origin than the requested one. */
const PUBLIC_HEADERS = ['accept', 'accept-language', 'content-type']

/**
 * Sends a request, and follows its redirects. Headers and parameters for one origin are not sent to another.
 *
 * @throws ApiError `redirect` if a redirect is not followed.
 */
export async function followRedirects(outgoing: Outgoing, signal: AbortSignal): Promise<Response> {
  let { url, method, body, headers } = outgoing
  let trusted = outgoing.isTrusted(url.origin)
  for (let hops = 0; ; hops++) {
    const response = await fetch(trusted ? addQuery(url, outgoing.contextQuery) : url, {
      method,
      body,
      headers: trusted ? mergeHeaders(outgoing.contextHeaders, headers) : headers,
      redirect: 'manual',
      signal,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    } as RequestInit)
    const location = response.headers.get('location')
    if (!REDIRECT_STATUSES.includes(response.status) || location === null) return response
    await response.body?.cancel()
    if (hops === MAX_REDIRECTS) throw createRedirectError('There are more than 5 redirects', response)
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined
    if (!next || !/^https?:$/.test(next.protocol))
      throw createRedirectError('A redirect leads to a URL that is neither http nor https', response)
    const refusal = checkRedirect(url, next, outgoing.redirects)
    if (refusal) throw createRedirectError(refusal, response)
    // Fetch standard, "HTTP-redirect fetch".
    const isPostFound = response.status <= 302 && method === 'POST'
    if (isPostFound || (response.status === 303 && method !== 'GET' && method !== 'HEAD')) {
      method = 'GET'
      body = undefined
      headers = removeHeaders(headers, (name) => name.startsWith('content-'))
    }
    if (body instanceof ReadableStream)
      throw createRedirectError(
        'A redirect cannot be followed, because a stream can be sent only once',
        response,
      )
    if (next.origin !== url.origin) {
      headers = removeHeaders(headers, (name) => !PUBLIC_HEADERS.includes(name))
      // After a redirect to an untrusted origin, a redirect back is not trusted either.
      trusted &&= outgoing.isTrusted(next.origin)
    }
    url = next
  }
}

const createRedirectError = (message: string, { status }: Response): ApiError =>
  new ApiError('redirect', message, { status })

function mergeHeaders(first: Headers, second: Headers): Headers {
  const headers = new Headers(first)
  for (const [name, value] of second) headers.set(name, value)
  return headers
}

function removeHeaders(headers: Headers, isRemoved: (name: string) => boolean): Headers {
  return new Headers([...headers].filter(([name]) => !isRemoved(name)))
}
