import { type McpHandlerRequestOptions, Refusal } from '@portico-mcp/core'

/** A request whose body has been looked at, and can be handed on. */
export interface ReadRequest {
  request: Request
  /** The JSON body; undefined where it is for the handler to refuse. */
  parsedBody?: unknown
}

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  maxRequestBodySize: number
  requestTimeoutMs: number
}

/**
 * Reads the JSON body of a POST once. What is no JSON is handed on as it came: the handler refuses it.
 *
 * @param limits - Bytes, and milliseconds for them to arrive; 0 for any time.
 * @throws Refusal `body-too-large` or `body-timeout` for a body that turns out to be larger, or late.
 */
export async function readBody(
  request: Request,
  { parsedBody }: McpHandlerRequestOptions,
  { maxRequestBodySize: limit, requestTimeoutMs }: BodyLimits,
): Promise<ReadRequest> {
  if (parsedBody !== undefined) return { request, parsedBody }
  const { method, headers, url, signal, bodyUsed } = request
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const declared = Number(headers.get('content-length') ?? 0)
  if (method !== 'POST' || type !== 'application/json' || bodyUsed || declared > limit) return { request }
  const bytes = await inTime(requestTimeoutMs, bytesOf(request, limit))
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

async function inTime<T>(timeoutMs: number, reading: Promise<T>): Promise<T> {
  if (!timeoutMs) return reading
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const refusal = new Refusal('body-timeout', `The body took more than ${timeoutMs} ms`)
    timer = setTimeout(reject, timeoutMs, refusal)
  })
  return Promise.race([reading, late]).finally(() => clearTimeout(timer))
}
