import { Refusal } from '@portico-mcp/core'
import { keepSignal } from '@portico-mcp/core/internal'
import { type Front, headersOf, type LambdaHttpEvent, mergeFields } from './event.ts'
import { readEventBody } from './read-event-body.ts'

/**
 * The `Request` that an event is.
 *
 * @param basePath - What the path begins with and the request does not, besides a stage.
 * @throws Refusal `invalid-request` (400) for a host, path, method, header or body that makes no `Request`.
 */
export function toRequest(
  event: LambdaHttpEvent,
  front: Front,
  signal: AbortSignal,
  basePath?: string,
): Request {
  try {
    const method = event.requestContext.http?.method ?? event.httpMethod ?? ''
    const headers = headersOf(event)
    const body = method === 'GET' || method === 'HEAD' ? undefined : readEventBody(event)
    describeBody(headers, body)
    const url = urlOf(event, front, headers, basePath)
    return keepSignal(new Request(url, { method, headers, signal, ...(body && { body }) }), signal)
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('invalid-request', 'The event has no valid URL, method or headers', { cause })
  }
}

/**
 * Headers about the connection between the client and the gateway (RFC 9110, section 7.6.1). The gateway has
 * read the body: a handler that went by them would wait for bytes that never come. The names that `Connection`
 * lists stay, or a client could remove the headers that the gateway adds, such as `X-Forwarded-For`.
 */
const HOP_BY_HOP = [
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Has the headers say of the body what is true here, whatever the client sent. */
function describeBody(headers: Headers, body: Uint8Array | undefined): void {
  for (const name of HOP_BY_HOP) headers.delete(name)
  if (body) headers.set('content-length', String(body.byteLength))
  else headers.delete('content-length')
}

function urlOf(event: LambdaHttpEvent, front: Front, headers: Headers, basePath?: string): string {
  const { domainName = 'localhost' } = event.requestContext
  const host = headers.get('host') ?? domainName
  if (!/^[^\s/?#@\\,]+$/.test(host)) throw new TypeError('Host is malformed')
  const isPlain = front === 'load-balancer' && headers.get('x-forwarded-proto') !== 'https'
  const asked = pathOf(event, front)
  const path = basePath ? withoutPrefix(asked, basePath) : asked
  return new URL(`${isPlain ? 'http' : 'https'}://${host}${path}${queryOf(event, front)}`).href
}

// an HTTP API has the stage in the path, even where the client did not ask for it
function pathOf({ rawPath, path, requestContext: { stage } }: LambdaHttpEvent, front: Front): string {
  const asked = rawPath ?? path ?? ''
  if (!asked.startsWith('/')) throw new TypeError('The path is malformed')
  // of a path that the gateway has decoded
  const encoded = asked.replace(/[?#\\]/g, encodeURIComponent)
  return front.startsWith('http-api') && stage ? withoutPrefix(encoded, stage) : encoded
}

function withoutPrefix(path: string, name: string): string {
  const prefix = `/${name.split('/').filter(Boolean).join('/')}`
  return path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) || '/' : path
}

function queryOf(event: LambdaHttpEvent, front: Front): string {
  if (event.rawQueryString !== undefined) return event.rawQueryString && `?${event.rawQueryString}`
  const pairs = mergeFields(event.multiValueQueryStringParameters, event.queryStringParameters)
  if (pairs.length === 0) return ''
  // a load balancer leaves them encoded
  const isEncoded = front === 'load-balancer'
  return `?${isEncoded ? pairs.map((pair) => pair.join('=')).join('&') : new URLSearchParams(pairs)}`
}
