import { joinBytes } from '@portico-mcp/core/internal'

/** A part of a form. */
export interface FormPart {
  name: string
  content: string | Uint8Array
  contentType: string | undefined
  /** Undefined if the part is not a file. */
  fileName: string | undefined
}

/**
 * Encodes a body as `multipart/form-data` (RFC 7578). `FormData` cannot be used, since it has no content type for parts that
 * are not files.
 */
export function encodeMultipart(parts: readonly FormPart[]): {
  bytes: Uint8Array<ArrayBuffer>
  contentType: string
} {
  const boundary = `portico-${crypto.randomUUID()}`
  const encoder = new TextEncoder()
  const chunks = parts.flatMap(({ name, content, contentType, fileName }) => {
    const file = fileName === undefined ? '' : `; filename="${escapeName(fileName)}"`
    const type = contentType === undefined ? '' : `content-type: ${contentType.replace(/[\r\n]/g, '')}\r\n`
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${escapeName(name)}"${file}\r\n${type}\r\n`
    return [
      encoder.encode(head),
      typeof content === 'string' ? encoder.encode(content) : content,
      encoder.encode('\r\n'),
    ]
  })
  return {
    bytes: joinBytes([...chunks, encoder.encode(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  }
}

// HTML standard, "multipart/form-data encoding algorithm".
const escapeName = (text: string): string =>
  text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
