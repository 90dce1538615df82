import { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { readHandedBody } from '@portico-mcp/core/internal'
import type { NodeRequest } from './types.ts'

// the JSON value null, perhaps with white space around it
const MAX_NULL_BYTES = 64

/** Whether the client has announced a body. */
export function hasBody(req: NodeRequest): boolean {
  const { headers } = req
  if ('transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0) return true
  if (req.httpVersionMajor === 2) return (req as Http2ServerRequest).stream?.endAfterHeaders === false
  // Mocks and serverless adapters may leave out the length.
  return !(req instanceof IncomingMessage) && Symbol.asyncIterator in req
}

/** Whether the body has been read at least in part, so that it cannot be read as a whole. */
export const isBodyRead = (req: NodeRequest): boolean =>
  (req.readableDidRead || req.readableEnded) && hasBody(req) && !readRawBody(req)

/** The bytes that a host has read before it called. */
export function readRawBody({ rawBody }: NodeRequest): Uint8Array | undefined {
  return rawBody instanceof Uint8Array ? rawBody : undefined
}

/**
 * The JSON of a body that a parser in front has read: parsed, or as text or bytes. A parser that does not handle the
 * content type leaves an empty object, and the stream unread.
 *
 * @returns undefined if the body has not been read, or was not kept; null if the body is the JSON value null.
 */
export function readLeftBody(body: unknown, req: NodeRequest): unknown {
  if (isEmptyObject(body) && !req.readableDidRead) return undefined
  const isJsonNull =
    body === null && isBodyRead(req) && !(Number(req.headers['content-length']) > MAX_NULL_BYTES)
  return isJsonNull ? null : readHandedBody(body)
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

/** Converts a chunk of a request to bytes. */
export const toBytes = (chunk: Buffer | string, req: Pick<NodeRequest, 'readableEncoding'>): Buffer =>
  typeof chunk === 'string' ? Buffer.from(chunk, req.readableEncoding ?? 'utf8') : chunk

/** Reads a body that nothing has been read of. It has no limit: the caller checks the length. */
export function readIncoming(req: NodeRequest): Promise<Uint8Array> {
  const { rawBody } = req
  if (rawBody instanceof Uint8Array) return Promise.resolve(rawBody)
  if (typeof req.on !== 'function') return collect(req)
  return new Promise((resolve, reject) => {
    const chunks: (Buffer | string)[] = []
    req.on('data', (chunk: Buffer | string) => chunks.push(chunk))
    req.on('end', () => {
      // a request of HTTP/2 that its client resets ends without an error
      if ('aborted' in req && req.aborted) reject(new Error('The client closed the connection'))
      else if (chunks.length === 1 && typeof chunks[0] === 'object') resolve(chunks[0])
      else resolve(Buffer.concat(chunks.map((chunk) => toBytes(chunk, req))))
    })
    req.on('error', reject)
  })
}

async function collect(req: NodeRequest): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  for await (const chunk of req as AsyncIterable<Buffer | string>) chunks.push(toBytes(chunk, req))
  return Buffer.concat(chunks)
}

/**
 * The body as a web stream of bytes. It is read only on demand, one chunk at a time, so that a body that is not
 * used stays with Node, which drains it after the response.
 */
export function createBodyStream(req: NodeRequest): ReadableStream<Uint8Array<ArrayBuffer>> {
  const rawBody = readRawBody(req)
  const source = rawBody ? readOnce(rawBody) : isEmitter(req) ? readEvents(req) : readIterator(req)
  return new ReadableStream(source, { highWaterMark: 0 })
}

type Source = UnderlyingDefaultSource<Uint8Array<ArrayBuffer>>

const readOnce = (bytes: Uint8Array): Source => ({
  pull(controller) {
    if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes))
    controller.close()
  },
})

// `for await` would leave a `readable` listener behind, with which Node does not discard the rest of a body.
function readEvents(req: NodeRequest): Source {
  let isWatched = false
  let ondone: (() => void) | undefined
  const unwatch = (): void => {
    req.off('data', onData).off('end', onEnd).off('error', onFail).off('close', onFail)
    ondone?.()
  }
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>
  const onData = (chunk: Buffer | string): void => {
    req.pause()
    controller.enqueue(new Uint8Array(toBytes(chunk, req)))
    ondone?.()
  }
  const onEnd = (): void => {
    controller.close()
    unwatch()
  }
  const onFail = (error: unknown = new Error('The client closed the connection')): void => {
    controller.error(error)
    unwatch()
  }
  return {
    start(given) {
      controller = given
    },
    pull() {
      if (!isWatched && req.destroyed) return onFail()
      if (!isWatched) req.on('data', onData).on('end', onEnd).on('error', onFail).on('close', onFail)
      isWatched = true
      return new Promise<void>((resolve) => {
        ondone = resolve
        req.resume()
      })
    },
    cancel() {
      unwatch()
      req.resume()
    },
  }
}

function readIterator(req: NodeRequest): Source {
  let chunks: AsyncIterator<Buffer | string> | undefined
  return {
    async pull(controller) {
      chunks ??= (req as AsyncIterable<Buffer | string>)[Symbol.asyncIterator]()
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(toBytes(value, req)))
    },
  }
}

// mocks may only be iterable
const isEmitter = (req: NodeRequest): boolean => typeof (req as { on?: unknown }).on === 'function'
