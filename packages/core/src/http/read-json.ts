import { canJoinTurn, joinTurn } from '../utils/event-loop.ts'
import { giveUp } from './discard-body.ts'
import { notAcceptable, Refusal, readAbortReason } from './errors.ts'
import type { McpHandlerRequestOptions } from './fetch-handler.ts'
import { checkDepth, checkTextDepth, SHALLOW_LENGTH } from './json-depth.ts'
import { type Accepted, isJsonType, readAccept } from './media-types.ts'
import { readBytes } from './read-bytes.ts'
import { rebuildRequest } from './rebuild-request.ts'

interface Limits {
  /** Bytes. */
  maxRequestBodySize: number
  strictAccept: boolean
  maxToolInputElements: number
}

/** A POST whose body has been read, once. */
export interface Admitted {
  body: unknown
  accepted: Accepted
  /** Whether the text of the body is so short that the body is within every limit on what it holds. */
  isSmall: boolean
}

// A message with too many elements, or with a URI that is too long, has a longer text.
const SMALL_TEXT = 4096

/** Checks the headers of a POST, and reads its JSON body within the limit. */
export async function admit(
  request: Request,
  { parsedBody, observer }: McpHandlerRequestOptions,
  settings: Limits,
): Promise<Admitted> {
  const { headers } = request
  if (!isJsonType(headers.get('content-type'))) {
    throw new Refusal('unsupported-media-type', 'Content-Type must be application/json')
  }
  const accepted = readAccept(headers.get('accept'))
  if (settings.strictAccept && !accepted.named) {
    throw notAcceptable('application/json and text/event-stream')
  }
  // If a framework has parsed the body, `Content-Length` may be that of the compressed body.
  if (parsedBody !== undefined) {
    if (canJoinTurn) await new Promise<void>(joinTurn)
    return { body: measured(parsedBody, headers, settings), accepted, isSmall: false }
  }
  try {
    const text = utf8.decode(await readAll(request, settings.maxRequestBodySize))
    observer?.requestText?.(text)
    const isSmall = text.length <= Math.min(SMALL_TEXT, settings.maxToolInputElements)
    return { body: parseJson(text), accepted, isSmall }
  } catch (cause) {
    throw toReadRefusal(cause, request)
  }
}

/**
 * Parses JSON that a client sent, if it is nested at most 512 levels deep.
 *
 * @throws Refusal `body-too-deep` (400), before anything is parsed; SyntaxError for a text that is not JSON.
 */
export function parseJson(text: string): unknown {
  if (text.length > SHALLOW_LENGTH) checkTextDepth(text)
  return JSON.parse(text)
}

/** A request in front of a handler whose JSON body may have been read. */
export interface ReadRequest {
  /** The request to pass on; its body can be read. */
  request: Request
  /** The JSON body to pass on; undefined if the request is not a POST of JSON. */
  parsedBody?: unknown
}

/**
 * Reads the JSON body of a POST in front of a handler, once: pass both members on. Any other request, and one whose body
 * was read before, is returned as it came.
 *
 * @param options - The request's options; a `parsedBody` among them is returned, if it is not nested too deeply. An
 *   `observer` is called with the text.
 * @param limitBytes - Bytes that are read at most.
 * @throws Refusal `body-too-large` (413), `body-too-deep` (400), `parse-error` (400), `client-left`, as a handler with
 *   this limit does.
 */
export async function readJson(
  request: Request,
  { parsedBody, observer }: McpHandlerRequestOptions,
  limitBytes: number,
): Promise<ReadRequest> {
  const { method, headers } = request
  if (parsedBody !== undefined) {
    checkDepth(parsedBody, parsedSize(headers))
    return { request, parsedBody }
  }
  if (method !== 'POST' || !isJsonType(headers.get('content-type')) || request.bodyUsed) return { request }
  try {
    const bytes = new Uint8Array(await readAll(request, limitBytes))
    const text = utf8.decode(bytes)
    observer?.requestText?.(text)
    const parsed = parseJson(text)
    return { request: rebuildRequest(request, bytes), parsedBody: parsed }
  } catch (cause) {
    throw toReadRefusal(cause, request)
  }
}

/**
 * Reads the JSON body of a request within a limit.
 *
 * @param limits - `maxRequestBodySize`, in bytes.
 * @throws Refusal `body-too-large` (413), `body-too-deep` (400), `parse-error` (400), `body-already-read`
 *   (500), `client-left`.
 */
export async function readJsonBody(
  request: Request,
  { maxRequestBodySize }: Pick<Limits, 'maxRequestBodySize'>,
): Promise<unknown> {
  try {
    return parseJson(utf8.decode(await readAll(request, maxRequestBodySize)))
  } catch (cause) {
    throw toReadRefusal(cause, request)
  }
}

/**
 * Reads the text of a JSON body, for callers that need it unparsed. It refuses as {@link readJsonBody} does, except for
 * text that is not JSON.
 */
export async function readJsonText(
  request: Request,
  { maxRequestBodySize }: Pick<Limits, 'maxRequestBodySize'>,
): Promise<string> {
  try {
    return utf8.decode(await readAll(request, maxRequestBodySize))
  } catch (cause) {
    throw toReadRefusal(cause, request)
  }
}

function toReadRefusal(cause: unknown, { signal }: Request): Refusal {
  if (cause instanceof Refusal) return cause
  return signal.aborted
    ? readAbortReason(signal)
    : new Refusal('parse-error', 'The body is not JSON', { cause })
}

// One decoder is shared: it keeps no state between whole texts, and creating one takes longer than decoding a short text.
const utf8: TextDecoder = new TextDecoder('utf-8', { fatal: true })

async function readAll(request: Request, limit: number): Promise<Uint8Array | ArrayBuffer> {
  const declared = declaredSize(request.headers)
  if (declared > limit) throw tooLarge(limit)
  if (request.bodyUsed) {
    throw new Refusal('body-already-read', 'The body was read in front of the handler: pass it as parsedBody')
  }
  // A known length has been checked already, and most runtimes read such a body faster as a whole.
  const bytes = declared >= 0 ? await request.arrayBuffer() : await readBytes(request, limit, giveUp)
  if (canJoinTurn) await new Promise<void>(joinTurn)
  if (!bytes || bytes.byteLength > limit) throw tooLarge(limit)
  return bytes
}

/** Returns the `Content-Length` in bytes; NaN if it is not a whole number (RFC 9110 §8.6). */
export const declaredSize = (headers: Headers): number => {
  const length = headers.get('content-length') ?? ''
  // Node refuses other values; other runtimes and hosts may not. An empty body is not JSON, so 0 is not a length.
  return /^0*[1-9]\d*$/.test(length) ? Number(length) : Number.NaN
}

/** Returns the bytes of the text that a body was parsed from; NaN if it was compressed, or its length is not known. */
export const parsedSize = (headers: Headers): number =>
  headers.has('content-encoding') ? Number.NaN : declaredSize(headers)

// A framework may have parsed the body without a limit, or with another one.
function measured(parsedBody: unknown, headers: Headers, { maxRequestBodySize }: Limits): unknown {
  const declared = parsedSize(headers)
  checkDepth(parsedBody, declared)
  const size = declared >= 0 ? declared : new TextEncoder().encode(JSON.stringify(parsedBody)).byteLength
  if (size > maxRequestBodySize) throw tooLarge(maxRequestBodySize)
  return parsedBody
}

const tooLarge = (limit: number): Refusal =>
  new Refusal('body-too-large', `The body is larger than ${limit} bytes`)
