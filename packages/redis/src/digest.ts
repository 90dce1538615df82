import { sha256 } from '@portico-mcp/core/internal'

/** 22 letters, digits, `-` and `_` that stand for a text, whatever its length. */
export const digestOf = (text: string): string => sha256(text, 'base64url').slice(0, 22)
