const DATA_URL = /^data:([\w!#$&^.+-]+\/[\w!#$&^.+-]+)?(?:;[\w-]+=[^;,]{0,200}){0,10};base64,/

/** Bytes, and what their `data:` URL says of them. */
export interface Decoded {
  bytes: Uint8Array<ArrayBuffer>
  mediaType: string | undefined
}

/**
 * The bytes of a base64 text, of both alphabets, or of a `data:` URL (RFC 2397, RFC 4648).
 *
 * @param name - What it is, for the error.
 * @throws TypeError for what is not base64.
 */
export function decodeBase64(value: unknown, name: string): Decoded {
  if (typeof value !== 'string') throw new TypeError(`"${name}" must be a text in base64`)
  const [prefix = '', mediaType] = DATA_URL.exec(value.slice(0, 3000)) ?? []
  const text = value.slice(prefix.length).replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw new TypeError(`"${name}" must be base64, or a data: URL with base64`)
  try {
    return { bytes: Uint8Array.from(atob(text), (character) => character.charCodeAt(0)), mediaType }
  } catch (cause) {
    throw new TypeError(`"${name}" must be base64, or a data: URL with base64`, { cause })
  }
}

const PIECE = 0x8000

/** Bytes as base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  // a call takes a limited number of arguments
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE))
  return btoa(text)
}
