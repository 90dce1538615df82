type Reader = ReadableStreamDefaultReader<Uint8Array>

/**
 * Reads the body of a request or a response within a limit.
 *
 * @param limitBytes - Bytes that are read at most.
 * @param giveUpRest - What is done with the rest of a larger body. @defaultValue cancels it
 * @returns undefined if the body is larger.
 */
export async function readBytes(
  { body }: Pick<Body, 'body'>,
  limitBytes: number,
  giveUpRest: (reader: Reader) => void | Promise<void> = cancel,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = body?.getReader()
  for (let read = await reader?.read(); reader && read?.value; read = await reader.read()) {
    size += read.value.byteLength
    if (size > limitBytes) {
      await giveUpRest(reader)
      return undefined
    }
    chunks.push(read.value)
  }
  return joinBytes(chunks)
}

/**
 * Reads a body as {@link readBytes} does, and decodes it as UTF-8.
 *
 * @returns undefined if the body is larger, is not UTF-8 or cannot be read to its end.
 */
export async function readTextWithin(
  body: Pick<Body, 'body'>,
  limitBytes: number,
  giveUpRest?: (reader: Reader) => void | Promise<void>,
): Promise<string | undefined> {
  try {
    const bytes = await readBytes(body, limitBytes, giveUpRest)
    return bytes && new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function cancel(reader: Reader): void {
  reader.cancel().catch(() => {})
}

/** Joins chunks of bytes. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.byteLength, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
