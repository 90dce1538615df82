const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']
const SOUNDS = [
  'audio/wav',
  'audio/mpeg',
  'audio/ogg',
  'audio/webm',
  'audio/mp4',
  'audio/aac',
  'audio/flac',
  'audio/x-wav',
]
const BASE64 = /^[A-Za-z0-9+/\s]*(?:={1,2}\s*)?$/

/** An address that a person may be led to: of the web, and nothing else. */
export function webAddress(text: unknown): string | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}

/** An address of data that may be shown as an image or a sound; SVG is not among them, it is a document. */
export function mediaAddress(kind: 'image' | 'audio', mimeType: unknown, data: unknown): string | undefined {
  const type = String(mimeType).split(';')[0]!.trim().toLowerCase()
  const isKnown = (kind === 'image' ? IMAGES : SOUNDS).includes(type)
  return isKnown && typeof data === 'string' && BASE64.test(data) ? `data:${type};base64,${data}` : undefined
}

/** Decodes base64; undefined if it is malformed. */
export function decodeBase64(data: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof data !== 'string' || !BASE64.test(data)) return undefined
  try {
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
