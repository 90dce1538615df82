import { type McpHandlerRequestOptions, Refusal } from '@portico-mcp/core'

/** A request whose body has been looked at, and can be handed on. */
export interface ReadRequest {
  request: Request
  /** The JSON body; undefined where it is for the handler to refuse. */
  parsedBody?: unknown
}

/**
 * Reads the JSON body of a POST once. What is no JSON is handed on as it came: the handler refuses it.
 *
 * @param limit - Bytes that are read at most.
 * @throws Refusal `body-too-large` for a body that turns out to be larger.
 */
export async function readBody(
  request: Request,
  { parsedBody }: McpHandlerRequestOptions,
  limit: number,
): Promise<ReadRequest> {
  if (parsedBody !== undefined) return { request, parsedBody }
  const { method, headers, url, signal, bodyUsed } = request
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const declared = Number(headers.get('content-length') ?? 0)
  if (method !== 'POST' || type !== 'application/json' || bodyUsed || declared > limit) return { request }
  const bytes = await bytesOf(request, limit)
  const measured = new Headers(headers)
  // or the handler would write the body out again to count it
  measured.set('content-length', String(bytes.byteLength))
  const unread = new Request(url, { method, headers: measured, signal, body: bytes })
  try {
    return {
      request: unread,
      parsedBody: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)),
    }
  } catch {
    return { request: unread }
  }
}

async function bytesOf(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
    size += read.value.byteLength
    if (size > limit) {
      reader?.cancel().catch(() => {})
      throw new Refusal('body-too-large', `The body is larger than ${limit} bytes`)
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
