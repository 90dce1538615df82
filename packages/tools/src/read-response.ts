import { joinBytes } from '@portico-mcp/core/internal'
import { ApiError } from './api-error.ts'

/** A response whose body has been read. */
export interface ReceivedResponse {
  status: number
  statusText: string
  ok: boolean
  headers: Headers
  bytes: Uint8Array<ArrayBuffer>
  /** Whether the body is incomplete: an event stream that reached the time limit, or an error that is too long. */
  isCut: boolean
}

/**
 * Reads the body of a response. An event stream may have no end, so it is read until the time limit.
 *
 * @param limit - The largest body, in bytes.
 * @param isTimedOut - Whether the time limit of the call is reached.
 * @throws ApiError `response-too-large`, or the reason that the body was aborted with.
 */
export async function receiveResponse(
  response: Response,
  limit: number,
  isTimedOut: () => boolean,
): Promise<ReceivedResponse> {
  const { status, statusText, ok, headers, body } = response
  const chunks: Uint8Array[] = []
  const finish = (isCut: boolean): ReceivedResponse => ({
    status,
    statusText,
    ok,
    headers,
    bytes: joinBytes(chunks),
    isCut,
  })
  if (!body) return finish(false)
  const isStream = readMediaType(headers) === 'text/event-stream'
  const isDecoded = headers.has('content-encoding')
  const mayBeCut = isStream || !ok
  if (!mayBeCut && !isDecoded && Number(headers.get('content-length') ?? 0) > limit)
    throw createTooLarge(body, limit, status)
  let left = limit
  const reader = body.getReader()
  try {
    for (let read = await reader.read(); read.value; read = await reader.read()) {
      if (read.value.byteLength <= left) chunks.push(read.value)
      else if (mayBeCut) chunks.push(read.value.subarray(0, left))
      else throw createTooLarge(reader, limit, status)
      left -= read.value.byteLength
      if (left >= 0) continue
      cancelBody(reader)
      return finish(true)
    }
  } catch (error) {
    if (isStream && chunks.length > 0 && isTimedOut()) return finish(true)
    throw error
  }
  return finish(false)
}

function createTooLarge(body: { cancel(): Promise<void> }, limit: number, status: number): ApiError {
  cancelBody(body)
  return new ApiError('response-too-large', `The response has more than ${limit} bytes`, { status })
}

function cancelBody(body: { cancel(): Promise<void> }): void {
  body.cancel().catch(() => {})
}

/** Reads the media type of a response in lower case, without parameters. It is empty if the header is absent. */
export const readMediaType = (headers: Headers): string =>
  headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''

export const isJsonType = (type: string): boolean => /[/+]json$/.test(type)

const TEXT =
  /^text\/|[/+](?:json|xml|yaml|html|csv|toml)$|^application\/(?:x-)?(?:javascript|ecmascript|yaml|ndjson|jsonl?|sql|graphql|www-form-urlencoded|sh|pem-file|subrip|jwt)$/
const BINARY =
  /^(?:image|audio|video|font|model)\/|^application\/(?:octet-stream|pdf|zip|gzip|wasm|zstd|vnd\.(?:ms-|openxmlformats))/

/** Decodes the text of a response in its charset. Returns undefined if the body is binary. */
export function decodeText({ headers, bytes }: ReceivedResponse): string | undefined {
  const type = readMediaType(headers)
  if (TEXT.test(type)) return createDecoder(headers).decode(bytes)
  if (BINARY.test(type) || bytes.includes(0)) return undefined
  try {
    return createDecoder(headers, true).decode(bytes)
  } catch {
    return undefined
  }
}

function createDecoder(headers: Headers, fatal = false): TextDecoder {
  const charset = /;\s*charset\s*=\s*"?([\w:.+-]+)/i.exec(headers.get('content-type') ?? '')?.[1]
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal })
  } catch {
    return new TextDecoder('utf-8', { fatal })
  }
}

/**
 * Reads the value of a response: parsed JSON, text, or bytes if the body is binary; undefined if there is no body.
 *
 * @throws ApiError `invalid-json`
 */
export function readValue(response: ReceivedResponse): unknown {
  const { status, headers, bytes } = response
  if (status === 204 || status === 205) return undefined
  const text = decodeText(response)
  if (text === undefined) return bytes
  if (!isJsonType(readMediaType(headers))) return text
  if (text === '') return undefined
  try {
    return parseJson(text)
  } catch (cause) {
    throw new ApiError('invalid-json', 'The response is not valid JSON', { status, body: text, cause })
  }
}

/** Parses JSON. Integers that a number cannot represent become strings, since a rounded id would find another record. */
function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return /\d{16}/.test(text) ? JSON.parse(quoteUnsafeIntegers(text)) : value
}

const NUMBER = /[-+.\deE]+/y

/** Puts quotes around the unsafe integers in a valid JSON text. */
function quoteUnsafeIntegers(text: string): string {
  let written = ''
  for (let at = 0; at < text.length; ) {
    const end = text[at] === '"' ? findStringEnd(text, at) : findNumberEnd(text, at)
    const token = text.slice(at, end)
    written += isUnsafeInteger(token) ? `"${token}"` : token
    at = end
  }
  return written
}

function findStringEnd(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
}

function findNumberEnd(text: string, start: number): number {
  NUMBER.lastIndex = start
  return /[-\d]/.test(text[start]!) && NUMBER.test(text) ? NUMBER.lastIndex : start + 1
}

const isUnsafeInteger = (token: string): boolean =>
  /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))
