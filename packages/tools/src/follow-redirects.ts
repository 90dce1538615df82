import { ApiError } from './api-error.ts'
import type { ApiQuery } from './api-url.ts'
import { addQuery } from './api-url.ts'
import { type Redirects, refuseRedirect } from './redirect-target.ts'

/** A request that may be sent again. */
export interface Outgoing {
  url: URL
  method: string
  body?: BodyInit | undefined
  /** Of this call alone. */
  headers: Headers
  /** Of the context, for origins that may see them. */
  contextHeaders: Headers
  /** Query parameters of the context, for the same origins. */
  contextQuery: ApiQuery
  redirects: Redirects
  /** Whether an origin may see the context's headers. */
  isTrusted(origin: string): boolean
}

const MAX_REDIRECTS = 5
const REDIRECT_STATUSES = [301, 302, 303, 307, 308]

/** What another origin than the one that was called may see. */
const PUBLIC_HEADERS = ['accept', 'accept-language', 'content-type']

/** Sends a request, and follows its redirects; what is meant for one origin does not reach another. */
export async function followRedirects(outgoing: Outgoing, signal: AbortSignal): Promise<Response> {
  let { url, method, body, headers } = outgoing
  let trusted = outgoing.isTrusted(url.origin)
  for (let hops = 0; ; hops++) {
    const response = await fetch(trusted ? addQuery(url, outgoing.contextQuery) : url, {
      method,
      body,
      headers: trusted ? merged(outgoing.contextHeaders, headers) : headers,
      redirect: 'manual',
      signal,
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    } as RequestInit)
    const location = response.headers.get('location')
    if (!REDIRECT_STATUSES.includes(response.status) || location === null) return response
    await response.body?.cancel()
    if (hops === MAX_REDIRECTS) throw redirectError('More than 5 redirects', response)
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined
    if (!next || !/^https?:$/.test(next.protocol)) throw redirectError('A redirect to no web page', response)
    const refusal = refuseRedirect(url, next, outgoing.redirects)
    if (refusal) throw redirectError(refusal, response)
    // fetch standard, "HTTP-redirect fetch"
    const isPostFound = response.status <= 302 && method === 'POST'
    if (isPostFound || (response.status === 303 && method !== 'GET' && method !== 'HEAD')) {
      method = 'GET'
      body = undefined
      headers = without(headers, (name) => name.startsWith('content-'))
    }
    if (body instanceof ReadableStream)
      throw redirectError('A redirect of a stream, which can be sent once', response)
    if (next.origin !== url.origin) {
      headers = without(headers, (name) => !PUBLIC_HEADERS.includes(name))
      // once led away, the way back is not ours either
      trusted &&= outgoing.isTrusted(next.origin)
    }
    url = next
  }
}

const redirectError = (message: string, { status }: Response): ApiError =>
  new ApiError('redirect', message, { status })

function merged(first: Headers, second: Headers): Headers {
  const headers = new Headers(first)
  for (const [name, value] of second) headers.set(name, value)
  return headers
}

function without(headers: Headers, leaveOut: (name: string) => boolean): Headers {
  return new Headers([...headers].filter(([name]) => !leaveOut(name)))
}
