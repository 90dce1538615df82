import type { McpHandlerRequestOptions } from '@portico-mcp/core'

/** A request whose body has been looked at, and can be handed on. */
export interface ReadRequest {
  request: Request
  /** The JSON body; undefined where there is none that can be read. */
  parsedBody?: unknown
}

/**
 * Reads the JSON body of a POST once. It refuses nothing: what is too large, broken off or no JSON is
 * handed on as it came.
 *
 * @param limit - Bytes that are held at most.
 */
export async function readBody(
  request: Request,
  { parsedBody }: McpHandlerRequestOptions,
  limit: number,
): Promise<ReadRequest> {
  if (parsedBody !== undefined) return { request, parsedBody }
  const { method, headers, body, bodyUsed } = request
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (method !== 'POST' || type !== 'application/json' || !body || bodyUsed) return { request }
  if (headers.has('content-encoding') || Number(headers.get('content-length') ?? 0) > limit)
    return { request }

  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      chunks.push(read.value)
      size += read.value.byteLength
      if (size > limit)
        return {
          request: handOn(
            request,
            rest(chunks, () => reader.read(), reader),
          ),
        }
    }
  } catch (error) {
    return {
      request: handOn(
        request,
        rest(chunks, () => Promise.reject(error), reader),
      ),
    }
  }
  const bytes = joined(chunks, size)
  return { request: handOn(request, bytes), parsedBody: parse(bytes) }
}

function handOn(request: Request, body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>): Request {
  const { url, method, signal } = request
  const headers = new Headers(request.headers)
  // or the handler would write the body out again to count it
  if (body instanceof Uint8Array) headers.set('content-length', String(body.byteLength))
  const unread = new Request(url, {
    method,
    headers,
    signal,
    body: body as BodyInit,
    duplex: 'half',
  } as RequestInit)
  // Node forgets the signal of a Request that nobody holds
  signal.addEventListener('abort', () => unread, { once: true })
  return unread
}

function rest(
  chunks: Uint8Array[],
  read: () => Promise<ReadableStreamReadResult<Uint8Array>>,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  const waiting = [...chunks]
  return new ReadableStream(
    {
      async pull(controller) {
        const chunk = waiting.shift()
        const { done, value } = chunk ? { done: false, value: chunk } : await read()
        if (done || !value) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function joined(chunks: Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
