import { base64url } from 'jose'

/** Bytes of a text in UTF-8. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** The SHA-256 digest of a text, in base64url. */
export async function digestOf(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(text))))
}

/** A secret that nobody guesses: 32 random bytes in base64url, 43 characters. */
export const randomSecret = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)))

/** Compares texts; how long it takes does not tell where they differ. */
export function isEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index)
  return difference === 0
}
