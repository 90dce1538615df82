import { Buffer } from 'node:buffer'

/** Media types by the ending of a file's name. What is not listed is `text/plain`, or bytes. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  csv: 'text/csv',
  gif: 'image/gif',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  md: 'text/markdown',
  mjs: 'text/javascript',
  pdf: 'application/pdf',
  png: 'image/png',
  py: 'text/x-python',
  sh: 'application/x-sh',
  svg: 'image/svg+xml',
  ts: 'text/x-typescript',
  webp: 'image/webp',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
}

/** The contents of a file, as `resources/read` answers them: UTF-8 as text, anything else in base64. */
export type FileContents = { uri: string; mimeType: string } & ({ text: string } | { blob: string })

/** Converts a file for `resources/read`. The text has the bytes of the file, so that digests agree. */
export function toFileContents(uri: string, path: string, content: Uint8Array): FileContents {
  const text = decode(content)
  const mimeType = mimeTypeOf(path, content)
  if (text !== undefined) return { uri, mimeType, text }
  return { uri, mimeType, blob: Buffer.from(content).toString('base64') }
}

/** Finds the media type of a file by its name, or by whether it is a text. */
export function mimeTypeOf(path: string, content: Uint8Array): string {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  const known = Object.hasOwn(MIME_TYPES, ending) ? MIME_TYPES[ending] : undefined
  return known ?? (decode(content) === undefined ? 'application/octet-stream' : 'text/plain')
}

function decode(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return undefined
  }
}
