import { sha256 } from '@portico-mcp/core/internal'

/** Computes a digest of 22 letters, digits, `-` and `_`: 132 bits of SHA-256. */
export const digest = (text: string): string => sha256(text, 'base64url').slice(0, 22)
