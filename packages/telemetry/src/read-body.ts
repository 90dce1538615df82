import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { isJsonType, joinBytes, type ReadRequest, rebuildRequest } from '@portico-mcp/core/internal'

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
  if (method !== 'POST' || !isJsonType(headers.get('content-type')) || !body || bodyUsed) return { request }
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
          request: rebuildRequest(
            request,
            rest(chunks, () => reader.read(), reader),
          ),
        }
    }
  } catch (error) {
    return {
      request: rebuildRequest(
        request,
        rest(chunks, () => Promise.reject(error), reader),
      ),
    }
  }
  const bytes = joinBytes(chunks)
  return { request: rebuildRequest(request, bytes), parsedBody: parse(bytes) }
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

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
