import { joinBytes } from '@portico-mcp/core/internal'
import { ApiError } from './api-error.ts'

/** An answer whose body was read. */
export interface RawAnswer {
  status: number
  statusText: string
  ok: boolean
  headers: Headers
  bytes: Uint8Array<ArrayBuffer>
  /** Whether more was to come: of a stream of events whose time was over, or of an error that is too long. */
  isCut: boolean
}

/**
 * Reads an answer. Of a stream of events, which may have no end, it is what came until the time was over.
 *
 * @param limit - Bytes that are read at most.
 * @param isOver - Whether the time of the call is over.
 * @throws ApiError `response-too-large`; what the body was aborted with.
 */
export async function readAnswer(
  response: Response,
  limit: number,
  isOver: () => boolean,
): Promise<RawAnswer> {
  const { status, statusText, ok, headers, body } = response
  const chunks: Uint8Array[] = []
  const answer = (isCut: boolean): RawAnswer => ({
    status,
    statusText,
    ok,
    headers,
    bytes: joinBytes(chunks),
    isCut,
  })
  if (!body) return answer(false)
  const isStream = mediaTypeOf(headers) === 'text/event-stream'
  const isDecoded = headers.has('content-encoding')
  const mayBeCut = isStream || !ok
  if (!mayBeCut && !isDecoded && Number(headers.get('content-length') ?? 0) > limit)
    throw tooLarge(body, limit, status)
  let left = limit
  const reader = body.getReader()
  try {
    for (let read = await reader.read(); read.value; read = await reader.read()) {
      if (read.value.byteLength <= left) chunks.push(read.value)
      else if (mayBeCut) chunks.push(read.value.subarray(0, left))
      else throw tooLarge(reader, limit, status)
      left -= read.value.byteLength
      if (left >= 0) continue
      leave(reader)
      return answer(true)
    }
  } catch (error) {
    if (isStream && chunks.length > 0 && isOver()) return answer(true)
    throw error
  }
  return answer(false)
}

function tooLarge(body: { cancel(): Promise<void> }, limit: number, status: number): ApiError {
  leave(body)
  return new ApiError('response-too-large', `The answer has more than ${limit} bytes`, { status })
}

function leave(body: { cancel(): Promise<void> }): void {
  body.cancel().catch(() => {})
}

/** The media type of an answer in lower case, without its parameters; empty if the header is absent. */
export const mediaTypeOf = (headers: Headers): string =>
  headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''

export const isJsonType = (type: string): boolean => /[/+]json$/.test(type)

const TEXT =
  /^text\/|[/+](?:json|xml|yaml|html|csv|toml)$|^application\/(?:x-)?(?:javascript|ecmascript|yaml|ndjson|jsonl?|sql|graphql|www-form-urlencoded|sh|pem-file|subrip|jwt)$/
const BINARY =
  /^(?:image|audio|video|font|model)\/|^application\/(?:octet-stream|pdf|zip|gzip|wasm|zstd|vnd\.(?:ms-|openxmlformats))/

/** The text of an answer, by its charset; undefined for one that is binary. */
export function textOfAnswer({ headers, bytes }: RawAnswer): string | undefined {
  const type = mediaTypeOf(headers)
  if (TEXT.test(type)) return decoderOf(headers).decode(bytes)
  if (BINARY.test(type) || bytes.includes(0)) return undefined
  try {
    return decoderOf(headers, true).decode(bytes)
  } catch {
    return undefined
  }
}

function decoderOf(headers: Headers, fatal = false): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([\w:.+-]+)/i.exec(headers.get('content-type') ?? '')?.[1]
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal })
  } catch {
    return new TextDecoder('utf-8', { fatal })
  }
}

/**
 * What an answer holds: JSON where it says so, text, bytes of what is binary, undefined where there is nothing.
 *
 * @throws ApiError `invalid-json`.
 */
export function valueOfAnswer(answer: RawAnswer): unknown {
  const { status, headers, bytes } = answer
  if (status === 204 || status === 205) return undefined
  const text = textOfAnswer(answer)
  if (text === undefined) return bytes
  if (!isJsonType(mediaTypeOf(headers))) return text
  if (text === '') return undefined
  try {
    return parseJson(text)
  } catch (cause) {
    throw new ApiError('invalid-json', 'The answer is no valid JSON', { status, body: text, cause })
  }
}

/** JSON in which integers that a number cannot hold are texts: a changed id finds another record, or none. */
function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return /\d{16}/.test(text) ? JSON.parse(quoteUnsafeIntegers(text)) : value
}

const NUMBER = /[-+.\deE]+/y

/** @param text - Valid JSON. */
function quoteUnsafeIntegers(text: string): string {
  let written = ''
  for (let at = 0; at < text.length; ) {
    const end = text[at] === '"' ? endOfString(text, at) : endOfNumber(text, at)
    const token = text.slice(at, end)
    written += isUnsafeInteger(token) ? `"${token}"` : token
    at = end
  }
  return written
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
}

function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start
  return /[-\d]/.test(text[start]!) && NUMBER.test(text) ? NUMBER.lastIndex : start + 1
}

const isUnsafeInteger = (token: string): boolean =>
  /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))
