import { sha256 } from '@portico-mcp/core/internal'
import { base64url } from 'jose'

/** Encodes a string as UTF-8. */
export const encodeText = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** Computes the SHA-256 digest of a string, in base64url as PKCE requires (RFC 7636 §4.2). */
export const digestText = (text: string): string => sha256(text, 'base64url')

/** Encodes random bytes in base64url. */
export const generateId = (bytes: number): string =>
  base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)))

/** Generates a secret that cannot be guessed: 32 random bytes in base64url, 43 characters. */
export const generateSecret = (): string => generateId(32)
