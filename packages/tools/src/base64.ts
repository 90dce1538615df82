const DATA_URL = /^data:([\w!#$&^.+-]+\/[\w!#$&^.+-]+)?(?:;[\w-]+=[^;,]{0,200}){0,10};base64,/

/** Bytes, and the media type of their `data:` URL. */
export interface Decoded {
  bytes: Uint8Array<ArrayBuffer>
  mediaType: string | undefined
}

/**
 * Decodes base64 in both alphabets, or a `data:` URL (RFC 2397, RFC 4648).
 *
 * @param name - The name of the argument, for the error.
 * @throws TypeError if the value is not base64.
 */
export function decodeBase64(value: unknown, name: string): Decoded {
  if (typeof value !== 'string') throw new TypeError(`"${name}" must be a string in base64`)
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

const CHUNK_LENGTH = 0x8000

/** Encodes bytes as base64. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  // The number of arguments of a call is limited.
  for (let at = 0; at < bytes.length; at += CHUNK_LENGTH)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_LENGTH))
  return btoa(text)
}
