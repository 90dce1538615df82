import { type Accepted, namesBoth, readAccept } from './accept.ts'
import type { Settings } from './options.ts'
import { Refusal } from './refusal.ts'

/** A POST whose body has been read, once. */
export interface Admitted {
  body: unknown
  accepted: Accepted
}

/** Admits a POST that carries JSON within the limit, and reads it. */
export async function admit(request: Request, parsedBody: unknown, settings: Settings): Promise<Admitted> {
  if (!isJson(request.headers.get('content-type'))) {
    throw new Refusal('unsupported-media-type', 'Content-Type must be application/json')
  }
  const accept = request.headers.get('accept')
  if (settings.strictAccept && !namesBoth(accept)) {
    throw new Refusal('not-acceptable', 'Accept must list application/json and text/event-stream')
  }
  return {
    body:
      parsedBody === undefined ? parse(await read(request, settings)) : within(request, parsedBody, settings),
    accepted: readAccept(accept),
  }
}

function isJson(contentType: string | null): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

async function read(request: Request, settings: Settings): Promise<Uint8Array> {
  const { maxRequestBodySize } = settings
  if (request.bodyUsed) {
    throw new Refusal(
      'body-already-read',
      'The request body was read before the handler saw it: pass the parsed value as parsedBody',
    )
  }
  const declared = Number(request.headers.get('content-length') ?? Number.NaN)
  if (declared > maxRequestBodySize) throw tooLarge(maxRequestBodySize)
  const reading = settings.requestTimeoutMs
    ? readCounted(request, maxRequestBodySize, settings.requestTimeoutMs)
    : Number.isNaN(declared)
      ? readCounted(request, maxRequestBodySize)
      : request.arrayBuffer().then((buffer) => new Uint8Array(buffer))
  const bytes = await reading.catch((cause: unknown) => {
    throw cause instanceof Refusal
      ? cause
      : new Refusal('parse-error', 'Parse error: the request body could not be read', { cause })
  })
  if (bytes.byteLength > maxRequestBodySize) throw tooLarge(maxRequestBodySize)
  return bytes
}

async function readCounted(request: Request, limit: number, timeoutMs?: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array()
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  let late = false
  const timer =
    timeoutMs &&
    setTimeout(() => {
      late = true
      reader.cancel().catch(() => {})
    }, timeoutMs)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (late) throw new Refusal('body-timeout', `The request body did not arrive within ${timeoutMs} ms`)
      if (done) return concatenate(chunks, size)
      size += value.byteLength
      if (size > limit) {
        reader.cancel().catch(() => {})
        throw tooLarge(limit)
      }
      chunks.push(value)
    }
  } finally {
    if (timer) clearTimeout(timer)
  }
}

function concatenate(chunks: Uint8Array[], size: number): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    throw new Refusal('parse-error', 'Parse error: the request body is not valid JSON')
  }
}

// a framework counts nothing, or counts by a limit of its own
function within(request: Request, parsedBody: unknown, { maxRequestBodySize }: Settings): unknown {
  const declared = request.headers.get('content-length')
  const size =
    declared !== null && !request.headers.has('content-encoding')
      ? Number(declared)
      : new TextEncoder().encode(JSON.stringify(parsedBody)).byteLength
  if (size > maxRequestBodySize) throw tooLarge(maxRequestBodySize)
  return parsedBody
}

function tooLarge(limit: number): Refusal {
  return new Refusal('body-too-large', `The request body is larger than ${limit} bytes`)
}
