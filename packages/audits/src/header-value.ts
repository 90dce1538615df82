/** Encodes a header value as 2026-07-28 clients do: literally if possible, otherwise in the base64 sentinel. */
export function encodeHeaderValue(value: string): string {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith('=?base64?')
  return isPlain ? value : sentinel(value)
}

/** The base64 sentinel around a text. */
export function sentinel(value: string): string {
  return `=?base64?${base64(new TextEncoder().encode(value))}?=`
}

export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
