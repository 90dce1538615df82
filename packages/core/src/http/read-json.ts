import type { Settings } from '../server/handler-context.ts'
import { type Accepted, readAccept } from './accept.ts'
import { giveUp } from './discard-body.ts'
import { abortionOf, notAcceptable, Refusal } from './errors.ts'
import { checkDepth, declaredSize, parsedSize, parseJson } from './json-depth.ts'
import { isJsonType } from './json-type.ts'

/** A POST whose body has been read, once. */
export interface Admitted {
  body: unknown
  accepted: Accepted
}

/** Admits a POST that carries JSON within the limit, and reads it. */
export async function admit(request: Request, parsedBody: unknown, settings: Settings): Promise<Admitted> {
  const { headers } = request
  if (!isJsonType(headers.get('content-type'))) {
    throw new Refusal('unsupported-media-type', 'Content-Type must be application/json')
  }
  const accepted = readAccept(headers.get('accept'))
  if (settings.strictAccept && !accepted.named) {
    throw notAcceptable('application/json and text/event-stream')
  }
  return {
    body:
      parsedBody === undefined
        ? await readJsonBody(request, settings)
        : measured(parsedBody, headers, settings),
    accepted,
  }
}

/**
 * The JSON body of a request, read within a limit.
 *
 * @param limits - `maxRequestBodySize`, in bytes.
 * @throws Refusal `body-too-large` (413), `body-too-deep` (400), `parse-error` (400), `body-already-read`
 *   (500), `client-left`.
 */
export async function readJsonBody(
  request: Request,
  { maxRequestBodySize }: Pick<Settings, 'maxRequestBodySize'>,
): Promise<unknown> {
  try {
    return parseJson(await readText(request, maxRequestBodySize))
  } catch (cause) {
    throw refusalOf(cause, request)
  }
}

/**
 * The text of a JSON body, for callers that need it unparsed. It refuses as {@link readJsonBody} does, but does not parse it.
 */
export async function readJsonText(
  request: Request,
  { maxRequestBodySize }: Pick<Settings, 'maxRequestBodySize'>,
): Promise<string> {
  try {
    return await readText(request, maxRequestBodySize)
  } catch (cause) {
    throw refusalOf(cause, request)
  }
}

function refusalOf(cause: unknown, { signal }: Request): Refusal {
  if (cause instanceof Refusal) return cause
  return signal.aborted ? abortionOf(signal) : new Refusal('parse-error', 'The body is not JSON', { cause })
}

// a length that is known has been checked, and most runtimes read such a body faster at once
function readText(request: Request, limit: number): Promise<string> {
  const declared = declaredSize(request.headers)
  if (declared > limit) throw tooLarge(limit)
  if (request.bodyUsed) {
    throw new Refusal('body-already-read', 'The body was read in front of the handler: pass it as parsedBody')
  }
  return declared >= 0 ? readWhole(request, limit) : readChunks(request, limit)
}

async function readWhole(request: Request, limit: number): Promise<string> {
  return whole.decode(within(limit, await wholeOf(request)))
}

const utf8 = (): TextDecoder => new TextDecoder('utf-8', { fatal: true })

// keeps nothing between whole texts, and is dear to make
const whole = utf8()

function within<Bytes extends Uint8Array | ArrayBuffer>(limit: number, bytes: Bytes): Bytes {
  if (bytes.byteLength > limit) throw tooLarge(limit)
  return bytes
}

async function readChunks({ body }: Request, limit: number): Promise<string> {
  const decoder = utf8()
  const reader = body?.getReader()
  let text = ''
  let size = 0
  try {
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
      size += read.value.byteLength
      if (size > limit) throw tooLarge(limit)
      text += decoder.decode(read.value, { stream: true })
    }
  } catch (error) {
    if (reader) await giveUp(reader)
    throw error
  }
  return text + decoder.decode()
}

// spares a copy, where an adapter has them
const wholeOf = (
  request: Request & { bytes?: () => Promise<Uint8Array> },
): Promise<Uint8Array | ArrayBuffer> =>
  Object.hasOwn(Object.getPrototypeOf(request), 'bytes') && request.bytes
    ? request.bytes()
    : request.arrayBuffer()

// a framework counts nothing, or by a limit of its own
function measured(parsedBody: unknown, headers: Headers, { maxRequestBodySize }: Settings): unknown {
  const declared = parsedSize(headers)
  checkDepth(parsedBody, declared)
  const size = declared >= 0 ? declared : new TextEncoder().encode(JSON.stringify(parsedBody)).byteLength
  if (size > maxRequestBodySize) throw tooLarge(maxRequestBodySize)
  return parsedBody
}

const tooLarge = (limit: number): Refusal =>
  new Refusal('body-too-large', `The body is larger than ${limit} bytes`)
