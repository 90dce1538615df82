import { createHash } from 'node:crypto'

/** 22 letters, digits, `-` and `_` that stand for a text, whatever its length. */
export const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 22)
