import { Refusal } from '@portico-mcp/core'
import { keepSignal } from '@portico-mcp/core/internal'
import { buildHeaders, type Integration, type LambdaHttpEvent, mergeFields } from './event.ts'
import { readEventBody } from './read-event-body.ts'

/**
 * Converts an event to a `Request`.
 *
 * @param basePath - A prefix of the path that the request does not get. The stage of an HTTP API is removed as well.
 * @throws Refusal `invalid-request` (400) if the host, path, method, a header or the body is malformed.
 */
export function toRequest(
  event: LambdaHttpEvent,
  integration: Integration,
  signal: AbortSignal,
  basePath?: string,
): Request {
  try {
    const method = event.requestContext.http?.method ?? event.httpMethod ?? ''
    const headers = buildHeaders(event)
    const body = method === 'GET' || method === 'HEAD' ? undefined : readEventBody(event)
    describeBody(headers, body)
    const url = buildUrl(event, integration, headers, basePath)
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

/** Makes the headers describe the body as it was decoded here, whatever the client sent. */
function describeBody(headers: Headers, body: Uint8Array | undefined): void {
  for (const name of HOP_BY_HOP) headers.delete(name)
  if (body) headers.set('content-length', String(body.byteLength))
  else headers.delete('content-length')
}

function buildUrl(
  event: LambdaHttpEvent,
  integration: Integration,
  headers: Headers,
  basePath?: string,
): string {
  const { domainName = 'localhost' } = event.requestContext
  const host = headers.get('host') ?? domainName
  if (!/^[^\s/?#@\\,]+$/.test(host)) throw new TypeError('Host is malformed')
  const isPlain = integration === 'load-balancer' && headers.get('x-forwarded-proto') !== 'https'
  const asked = readPath(event, integration)
  const path = basePath ? withoutPrefix(asked, basePath) : asked
  return new URL(`${isPlain ? 'http' : 'https'}://${host}${path}${buildQuery(event, integration)}`).href
}

// The path of an HTTP API contains the stage, even if the client's URL does not.
function readPath(
  { rawPath, path, requestContext: { stage } }: LambdaHttpEvent,
  integration: Integration,
): string {
  const asked = rawPath ?? path ?? ''
  if (!asked.startsWith('/')) throw new TypeError('The path is malformed')
  // The gateway has decoded the path, so characters that would end it are encoded again.
  const encoded = asked.replace(/[?#\\]/g, encodeURIComponent)
  return integration.startsWith('http-api') && stage ? withoutPrefix(encoded, stage) : encoded
}

function withoutPrefix(path: string, name: string): string {
  const prefix = `/${name.split('/').filter(Boolean).join('/')}`
  return path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) || '/' : path
}

function buildQuery(event: LambdaHttpEvent, integration: Integration): string {
  if (event.rawQueryString !== undefined) return event.rawQueryString && `?${event.rawQueryString}`
  const pairs = mergeFields(event.multiValueQueryStringParameters, event.queryStringParameters)
  if (pairs.length === 0) return ''
  // A load balancer passes query parameters still encoded.
  const isEncoded = integration === 'load-balancer'
  return `?${isEncoded ? pairs.map((pair) => pair.join('=')).join('&') : new URLSearchParams(pairs)}`
}
