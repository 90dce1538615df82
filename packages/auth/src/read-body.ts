import { type McpHandlerRequestOptions, Refusal } from '@portico-mcp/core'
import { checkDepth, giveUp, parsedSize, parseJson } from '@portico-mcp/core/internal'

/** A request whose body has been looked at, and can be handed on. */
export interface ReadRequest {
  request: Request
  /** The JSON body; undefined where there is none. */
  parsedBody?: unknown
}

/**
 * Reads the JSON body of a POST once. What cannot be judged never gets to the handler, which may have
 * another limit, or read what this does not.
 *
 * @param limit - Bytes that are read at most.
 * @throws Refusal `body-too-large`, `body-too-deep` or `parse-error`, as a handler with this limit does.
 */
export async function readBody(
  request: Request,
  { parsedBody }: McpHandlerRequestOptions,
  limit: number,
): Promise<ReadRequest> {
  if (parsedBody !== undefined) {
    // scope rules and list filters work through it
    checkDepth(parsedBody, parsedSize(request.headers))
    return { request, parsedBody }
  }
  const { method, headers, url, signal, bodyUsed } = request
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const declared = Number(headers.get('content-length') ?? 0)
  if (method !== 'POST' || type !== 'application/json' || bodyUsed) return { request }
  if (declared > limit) throw tooLarge(limit)
  const bytes = await bytesOf(request, limit, giveUp)
  const measured = new Headers(headers)
  // or the handler would write the body out again to count it
  measured.set('content-length', String(bytes.byteLength))
  const unread = new Request(url, { method, headers: measured, signal, body: bytes })
  // Node forgets the signal of a Request that nobody holds
  signal.addEventListener('abort', () => unread, { once: true })
  return { request: unread, parsedBody: parse(bytes) }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('parse-error', 'The body is not JSON', { cause })
  }
}

const tooLarge = (limit: number): Refusal =>
  new Refusal('body-too-large', `The body is larger than ${limit} bytes`)

type Reader = ReadableStreamDefaultReader<Uint8Array>

/**
 * Reads a body within a limit.
 *
 * @param limit - Bytes.
 * @param end - What is done with the rest of a body that is larger; it is cancelled by default.
 * @throws Refusal `body-too-large`
 */
export async function bytesOf(
  { body }: Pick<Body, 'body'>,
  limit: number,
  end: (reader: Reader) => void | Promise<void> = (reader) => void reader.cancel().catch(() => {}),
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body?.getReader()
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
    size += read.value.byteLength
    if (size > limit) {
      if (reader) await end(reader)
      throw tooLarge(limit)
    }
    chunks.push(read.value)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
