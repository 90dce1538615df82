import { readHandedBody } from '@portico-mcp/core/internal'
import type { NodeRequest } from './to-node-handler.ts'

// the JSON value null, perhaps with white space around it
const MAX_NULL_BYTES = 64

/**
 * The body of a request of Node. It is only read on demand, so that Node drains a body that is not used.
 * Chunks are bytes, even if an encoding has been set on the request.
 */
export function bodyStream(req: NodeRequest): ReadableStream<Uint8Array<ArrayBuffer>> {
  let chunks: AsyncIterator<Buffer | string> | undefined
  return new ReadableStream(
    {
      async pull(controller) {
        chunks ??= req[Symbol.asyncIterator]()
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(new Uint8Array(bytesOf(value, req)))
      },
    },
    { highWaterMark: 0 },
  )
}

/** A chunk of a request as bytes. */
export const bytesOf = (chunk: Buffer | string, req: Pick<NodeRequest, 'readableEncoding'>): Buffer =>
  typeof chunk === 'string' ? Buffer.from(chunk, req.readableEncoding ?? 'utf8') : chunk

/** Whether a body was announced of which something has been read, so that it cannot be read as a whole. */
export function isBodyRead({ headers, readableDidRead, readableEnded }: NodeRequest): boolean {
  const hasBody = 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
  return hasBody && (readableDidRead || readableEnded)
}

/**
 * The JSON of a body that a parser in front has left: parsed, or as text or bytes. A parser that was not asked for
 * this type leaves an empty object, and the stream unread.
 *
 * @returns undefined where the body is still to be read, or was lost; null for a body that is the JSON value null.
 */
export function readLeftBody(body: unknown, req: NodeRequest): unknown {
  if (isEmptyObject(body) && !req.readableDidRead) return undefined
  const isJsonNull =
    body === null && isBodyRead(req) && !(Number(req.headers['content-length']) > MAX_NULL_BYTES)
  return isJsonNull ? null : readHandedBody(body)
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

/** Has a request say that its body was read, so that a handler which needs it refuses with the reason. */
export function markAsRead(request: Request): Request {
  return Object.defineProperty(request, 'bodyUsed', { value: true })
}
