import type { JSONRPCErrorResponse } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from './json-rpc.ts'
import { invalidParams } from './refusal.ts'

/** How many characters of a validation error are sent. It names every element that does not fit. */
const MAX_ERROR_CHARACTERS = 4096

/**
 * Refuses calls with too many arguments before they are validated: a validator makes an error of some hundred bytes
 * for each element that does not fit, and needs far more time for that than the client needs to send it.
 * How deep they are nested is bounded when the body is read.
 *
 * @param body - One message, or a batch.
 * @param maxElements - Array elements and object members in all.
 * @throws Refusal `invalid-params`.
 */
export function checkArguments(body: unknown, maxElements: number): void {
  for (const message of Array.isArray(body) ? body : [body]) {
    const params = isObject(message) ? message.params : undefined
    const given = isObject(params) ? params.arguments : undefined
    if (typeof given === 'object' && given !== null && !fits(given, maxElements)) {
      throw invalidParams(`The arguments are too large: at most ${maxElements} elements are allowed`)
    }
  }
}

function fits(value: unknown, maxElements: number): boolean {
  let count = 0
  const nodes = [value]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const members: unknown[] = Array.isArray(node) ? node : Object.values(node as object)
    count += members.length
    if (count > maxElements) return false
    for (const member of members) if (typeof member === 'object' && member !== null) nodes.push(member)
  }
  return true
}

// what the servers of both SDKs begin a validation error with
const VALIDATION =
  /^(MCP error -?\d+: )?((Input|Output) validation error|Invalid (arguments for|tools\/call|structured))/

/** Shortens the validation error in a result of a tool; any other result stays as it is. */
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

/** Shortens a validation error that is thrown; anything else stays as it is. */
export function boundError(thrown: unknown): unknown {
  if (!isObject(thrown)) return thrown
  const { message, code, data } = thrown as Partial<JSONRPCErrorResponse['error']>
  if (typeof message !== 'string' || message.length <= MAX_ERROR_CHARACTERS) return thrown
  // what a request does not fit is thrown as zod has it
  if (!VALIDATION.test(message) && !Array.isArray(thrown.issues)) return thrown
  return Object.assign(
    new Error(cut(message)),
    code !== undefined && { code },
    data !== undefined && { data },
  )
}

function cut(text: string): string {
  // a character may be two, of which the first alone is none
  const kept = text.slice(0, MAX_ERROR_CHARACTERS).replace(/[\uD800-\uDBFF]$/, '')
  return `${kept}… (${text.length - kept.length} more characters)`
}
