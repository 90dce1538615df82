import { Refusal } from '@portico-mcp/core'
import { checkDepth } from '@portico-mcp/core/internal'
import { createRequest } from './lazy-request.ts'
import { toBytes } from './request-body.ts'
import type { NodeRequest } from './types.ts'

/** Options of {@link toWebRequest}. */
export interface ToWebRequestOptions {
  /** Aborts the request. */
  signal?: AbortSignal | undefined
  /** Bytes of the body that are read from the stream. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
}

/**
 * Creates the web-standard `Request` of a request of Node, with its body read, for `fetch()` and `isLegacyRequest()`.
 *
 * @param req - Its stream is read to the end, unless there is a parsed body.
 * @param parsedBody - The JSON body, if it has been read already.
 * @throws Refusal `body-too-large` (413) for a body over the limit, `body-too-deep` (400) for a parsed one that is
 *   nested more than 512 levels deep, `invalid-request` (400) for a target, `Host` or method that does not make a
 *   `Request`; RangeError for a limit that is not positive.
 */
export async function toWebRequest(
  req: NodeRequest,
  parsedBody?: unknown,
  { signal, maxRequestBodySize = 4 * 1024 * 1024 }: ToWebRequestOptions = {},
): Promise<Request> {
  if (!(maxRequestBodySize > 0)) throw new RangeError('maxRequestBodySize must be a number greater than 0')
  const { url, method, headers } = toWebRequestHead(req)
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? await readBody(req, parsedBody, maxRequestBodySize) : undefined
  const request = new Request(url, { method, headers, ...(body && { body }), ...(signal && { signal }) })
  // The length of the parsed value can differ from that of the text which it was parsed from.
  if (parsedBody !== undefined) request.headers.delete('content-length')
  return request
}

/**
 * Creates the `Request` of a request of Node without its body, for checks in front of a handler.
 *
 * @param req - Its `originalUrl` is used if a framework has set one.
 * @throws Refusal `invalid-request` (400) for a target, `Host` or method that does not make a `Request`.
 */
export const toWebRequestHead = (req: NodeRequest): Request => createRequest(req, undefined, { body: false })

async function readBody(
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
    const chunk = toBytes(piece, req)
    size += chunk.byteLength
    if (size > limit) throw new Refusal('body-too-large', `The request body is larger than ${limit} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
