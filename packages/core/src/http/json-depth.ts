import { isComposite } from '../utils/type-guards.ts'
import { Refusal } from './errors.ts'

/**
 * How deeply the arrays and objects of a body may be nested. Code that handles parsed JSON recurses:
 * `JSON.stringify` with a replacer overflows the stack of Node at a few thousand levels, schemas sooner.
 */
export const MAX_JSON_DEPTH = 512

/** Shorter texts, which most bodies are, need no check: n levels take at least 2n characters. */
export const SHALLOW_LENGTH: number = 2 * MAX_JSON_DEPTH

/**
 * Makes sure that the text of a body is nested at most 512 levels deep.
 *
 * @throws Refusal `body-too-deep` (400)
 */
export function checkTextDepth(text: string): void {
  if (isTextTooDeep(text)) throw tooDeep()
}

/**
 * Makes sure that a body which a framework has parsed is nested at most 512 levels deep.
 *
 * @param size - Bytes of its text if they are known: a short one needs no check.
 * @throws Refusal `body-too-deep` (400)
 */
export function checkDepth(body: unknown, size: number = Number.NaN): void {
  if (!(size <= SHALLOW_LENGTH) && isValueTooDeep(body)) throw tooDeep()
}

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

/** Returns the index of the quote that ends a string; the end of the text if there is none. */
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

// It goes level by level, since recursion could overflow the stack.
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
