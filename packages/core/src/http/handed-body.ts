import { isObject } from '../utils/type-guards.ts'
import { Refusal } from './errors.ts'
import { parseJson } from './read-json.ts'

/**
 * Reads the JSON of a body that a framework or a host hands over: parsed already, or as the text or the bytes that it
 * read (`express.raw()`, `express.text()`, serverless-http, Fastify's `parseAs`).
 *
 * @returns undefined if there is no body: for undefined, null, a stream and a function (Express's `next`). A text that
 *   is not JSON is returned unchanged, since a JSON parser leaves a text if the body was a JSON string.
 * @throws Refusal `parse-error` (400) for bytes that are not JSON, `body-too-deep` (400).
 */
export function readHandedBody(body: unknown): unknown {
  if (body === null || typeof body === 'function' || isStream(body)) return undefined
  if (typeof body === 'string') return parseText(body)
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return parseBody(decode(body))
  return body
}

// The members of a JSON body may have these names too, but they are not functions.
const isStream = (body: unknown): boolean =>
  isObject(body) && (typeof body.pipe === 'function' || typeof body.getReader === 'function')

function parseText(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof Refusal) throw error
    return text
  }
}

/**
 * Parses the text of a body.
 *
 * @throws Refusal `parse-error` (400) for a text that is not JSON, `body-too-deep` (400).
 */
export function parseBody(text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw cause instanceof Refusal ? cause : notJson(cause)
  }
}

function decode(bytes: ArrayBuffer | ArrayBufferView): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes as ArrayBuffer)
  } catch (cause) {
    throw notJson(cause)
  }
}

const notJson = (cause: unknown): Refusal => new Refusal('parse-error', 'The body is not JSON', { cause })
