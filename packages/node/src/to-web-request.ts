import { Refusal } from '@portico-mcp/core'
import { checkDepth } from '@portico-mcp/core/internal'
import { bytesOf } from './body-stream.ts'
import type { NodeRequest } from './to-node-handler.ts'

/** Options of {@link toWebRequest}. */
export interface ToWebRequestOptions {
  /** Aborts the request. */
  signal?: AbortSignal | undefined
  /** Bytes of the body that are read from the stream. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
}

/**
 * The web-standard `Request` that a request of Node is, with its body read, for `fetch()` and
 * `isLegacyRequest()` in compositions by hand.
 *
 * @param req - Its stream is read to the end, unless there is a parsed body.
 * @param parsedBody - The JSON body where it has been read already.
 * @throws Refusal `body-too-large` (413) for a body over the limit, `body-too-deep` (400) for a parsed one that is
 *   nested more than 512 levels deep; RangeError for a limit that is not positive.
 */
export async function toWebRequest(
  req: NodeRequest,
  parsedBody?: unknown,
  { signal, maxRequestBodySize = 4 * 1024 * 1024 }: ToWebRequestOptions = {},
): Promise<Request> {
  if (!(maxRequestBodySize > 0)) throw new RangeError('maxRequestBodySize must be a number greater than 0')
  const method = req.method ?? 'GET'
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? await bodyOf(req, parsedBody, maxRequestBodySize) : undefined
  const head = toWebRequestHead(req)
  // the length of the parsed value need not be that of the text which it came from
  if (parsedBody !== undefined) head.headers.delete('content-length')
  return new Request(head, { ...(body && { body }), ...(signal && { signal }) })
}

/**
 * The `Request` that a request of Node is, but for its body, which is left unread: what checks in front of
 * a handler look at.
 *
 * @param req - Its `originalUrl` counts where a framework has set one.
 * @throws Refusal `invalid-request` (400) for a target, `Host` or method that makes no `Request`.
 */
export function toWebRequestHead(req: NodeRequest): Request {
  try {
    return new Request(urlOf(req), { method: req.method ?? 'GET', headers: headersOf(req) })
  } catch (cause) {
    throw new Refusal('invalid-request', 'The request has no valid URL or method', { cause })
  }
}

async function bodyOf(
  req: NodeRequest,
  parsedBody: unknown,
  limit: number,
): Promise<string | Uint8Array<ArrayBuffer>> {
  if (parsedBody !== undefined) {
    checkDepth(parsedBody)
    return JSON.stringify(parsedBody)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const piece of req as AsyncIterable<Buffer | string>) {
    const chunk = bytesOf(piece, req)
    size += chunk.byteLength
    if (size > limit) throw new Refusal('body-too-large', `The request body is larger than ${limit} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function headersOf(req: NodeRequest): Headers {
  const headers = new Headers()
  // mocks and some serverless adapters have only the object
  const rawHeaders = (req.rawHeaders as string[] | undefined) ?? pairsOf(req.headers)
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] as string)
  }
  return headers
}

const pairsOf = (headers: NodeRequest['headers']): string[] =>
  Object.entries(headers).flatMap(([name, values = []]) => [values].flat().flatMap((value) => [name, value]))

function urlOf(req: NodeRequest): URL {
  const scheme = req.socket && 'encrypted' in req.socket && req.socket.encrypted ? 'https' : 'http'
  const authority = ('authority' in req ? req.authority : req.headers.host) || 'localhost'
  // or a Host header would say which path is asked for
  if (/[/?#@\\]/.test(authority)) throw new TypeError('The authority is more than a host')
  const origin = `${scheme}://${authority}`
  const target = req.originalUrl ?? req.url ?? '/'
  // `//` begins a path here, and an authority where a URL is resolved
  return target.startsWith('/') ? new URL(origin + target) : new URL(target, origin)
}
