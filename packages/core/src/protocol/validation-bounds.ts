import type { JSONRPCErrorResponse } from '@modelcontextprotocol/sdk/types.js'
import { invalidParams, type Refusal } from '../http/errors.ts'
import { isComposite, isObject } from '../utils/type-guards.ts'

/** How many characters of a validation error are sent: the error names every invalid element. */
const MAX_ERROR_CHARACTERS = 4096

/** How many elements a message may have beside its arguments: envelope, answers of a client, params of `initialize`. */
const MAX_OTHER_ELEMENTS = 10_000

/**
 * The longest URI of `resources/read`. The SDK finds its template by a regular expression, which takes quadratic time if
 * two variables share a segment (`{name}.{type}`), and more with each further one.
 */
const MAX_URI_CHARACTERS = 4096

/**
 * Refuses messages with too many elements, or with a URI that is too long, before they are validated. A validator creates
 * an error of some hundred bytes for each invalid element, which takes far more time than the client needs to send it.
 * `_meta`, `clientInfo` and the answers of a client are validated too, so their elements count as well. The depth of
 * nesting is limited when the body is read.
 *
 * @param body - One message, or a batch, which is counted as one message.
 * @param maxElements - Array elements and object members of all arguments; the rest of a message may have as many, and at
 *   least 10,000.
 * @throws Refusal `invalid-params`.
 */
export function checkElements(body: unknown, maxElements: number): void {
  const maxOthers = Math.max(maxElements, MAX_OTHER_ELEMENTS)
  let [left, leftBeside] = [maxElements, maxOthers]
  for (const message of Array.isArray(body) ? body : [body]) {
    if (!isObject(message)) continue
    const { method, params, result } = message
    if (method === 'resources/read' && isObject(params)) checkUri(params.uri)
    const given = isObject(params) ? params.arguments : undefined
    left -= countUpTo(left, given)
    if (left < 0) throw tooLarge('arguments are', maxElements)
    leftBeside -= countUpTo(leftBeside, params, given) + countUpTo(leftBeside, result)
    if (leftBeside < 0)
      throw tooLarge(`${result === undefined ? 'params' : 'result'} of the message are`, maxOthers)
  }
}

function checkUri(uri: unknown): void {
  if (typeof uri !== 'string' || uri.length <= MAX_URI_CHARACTERS) return
  throw invalidParams(`The uri is too long: at most ${MAX_URI_CHARACTERS} characters are allowed`)
}

const tooLarge = (what: string, most: number): Refusal =>
  invalidParams(`The ${what} too large: at most ${most} elements are allowed`)

/** Counts the elements of a value without those of one part. It stops once there are more than `most`. */
function countUpTo(most: number, value: unknown, part?: unknown): number {
  let count = 0
  const nodes = [value]
  for (let node = nodes.pop(); node !== undefined && count <= most; node = nodes.pop()) {
    if (!isComposite(node) || node === part) continue
    const members: unknown[] = Array.isArray(node) ? node : Object.values(node)
    count += members.length
    if (count > most) break
    for (const member of members) if (isComposite(member)) nodes.push(member)
  }
  return count
}

// The beginning of a validation error of both SDKs.
const VALIDATION =
  /^(MCP error -?\d+: )?((Input|Output) validation error|Invalid (arguments for|tools\/call|structured))/

/** Shortens the validation error in a result of a tool; any other result is returned unchanged. */
export function boundResult(result: unknown): unknown {
  if (!isObject(result) || result.isError !== true || !Array.isArray(result.content)) return result
  const { content } = result
  if (!content.some(isTooLong)) return result
  return {
    ...result,
    content: content.map((block) => (isTooLong(block) ? { ...block, text: cut(block.text) } : block)),
  }
}

const isTooLong = (block: unknown): block is { text: string } =>
  isObject(block) &&
  typeof block.text === 'string' &&
  block.text.length > MAX_ERROR_CHARACTERS &&
  VALIDATION.test(block.text)

/** Shortens a thrown validation error; any other value is returned unchanged. */
export function boundError(thrown: unknown): unknown {
  if (!isObject(thrown)) return thrown
  const { message, code, data } = thrown as Partial<JSONRPCErrorResponse['error']>
  if (typeof message !== 'string' || message.length <= MAX_ERROR_CHARACTERS) return thrown
  // The SDKs throw the zod error of an invalid request.
  if (!VALIDATION.test(message) && !Array.isArray(thrown.issues)) return thrown
  return Object.assign(
    new Error(cut(message)),
    code !== undefined && { code },
    data !== undefined && { data },
  )
}

function cut(text: string): string {
  // A character may be a surrogate pair, which must not be split.
  const kept = text.slice(0, MAX_ERROR_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}… (${text.length - kept.length} more characters)`
}
