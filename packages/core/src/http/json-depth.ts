import { isComposite } from '../protocol/json-rpc.ts'
import { Refusal } from './errors.ts'

/**
 * How deeply the arrays and objects of a body may be nested. What works on JSON after it was parsed recurses:
 * `JSON.stringify` with a replacer overflows the stack of Node at a few thousand levels, schemas sooner.
 */
export const MAX_JSON_DEPTH = 512

// a text that is nested n levels deep has at least 2n characters, so most bodies are never looked through
const SHALLOW_LENGTH = 2 * MAX_JSON_DEPTH

/**
 * Parses JSON that a client sent, if it is nested at most 512 levels deep.
 *
 * @throws Refusal `body-too-deep` (400), before anything is parsed; SyntaxError for a text that is not JSON.
 */
export function parseJson(text: string): unknown {
  if (text.length > SHALLOW_LENGTH && isTextTooDeep(text)) throw tooDeep()
  return JSON.parse(text)
}

/**
 * Makes sure that a body which a framework has parsed is nested at most 512 levels deep.
 *
 * @param size - Bytes of its text, where they are known: a short one is not looked through.
 * @throws Refusal `body-too-deep` (400)
 */
export function checkDepth(body: unknown, size: number = Number.NaN): void {
  if (!(size <= SHALLOW_LENGTH) && isValueTooDeep(body)) throw tooDeep()
}

/** Bytes of a body as its headers say; NaN where they do not say a whole number (RFC 9110 §8.6). */
export const declaredSize = (headers: Headers): number => {
  const length = headers.get('content-length') ?? ''
  // Node refuses any other, and other runtimes and hosts need not; no JSON text is empty
  return /^0*[1-9]\d*$/.test(length) ? Number(length) : Number.NaN
}

/** Bytes of the text that a body was parsed from; NaN where that was decompressed, or its length is not known. */
export const parsedSize = (headers: Headers): number =>
  headers.has('content-encoding') ? Number.NaN : declaredSize(headers)

const tooDeep = (): Refusal =>
  new Refusal('body-too-deep', `The body is nested more than ${MAX_JSON_DEPTH} levels deep`)

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

function isTextTooDeep(text: string): boolean {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index)
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (++depth > MAX_JSON_DEPTH) return true
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--
    }
  }
  return false
}

/** Where the string that begins at a quote ends; the end of the text for one that does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length : end
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1
  while (text.charCodeAt(before) === BACKSLASH) before--
  return (quote - before) % 2 === 0
}

// level by level, since recursion is what must not happen
function isValueTooDeep(body: unknown): boolean {
  let level = isComposite(body) ? [body] : []
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_JSON_DEPTH) return true
    const next: object[] = []
    for (const parent of level)
      for (const child of Object.values(parent)) if (isComposite(child)) next.push(child)
    level = next
  }
  return false
}
