import { sha256 } from '@portico-mcp/core/internal'
import { base64url } from 'jose'

/** Bytes of a text in UTF-8. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** The SHA-256 digest of a text, in base64url as PKCE has it (RFC 7636 section 4.2). */
export const digestOf = (text: string): string => sha256(text, 'base64url')

/** A secret that nobody guesses: 32 random bytes in base64url, 43 characters. */
export const randomSecret = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)))
