/**
 * Reads a body within a limit.
 *
 * @param limit - Bytes.
 * @param end - What is done with the rest of a body that is larger; it is cancelled by default.
 * @returns undefined if the body is larger, or is not UTF-8.
 */
export async function readText(
  { body }: Pick<Body, 'body'>,
  limit: number,
  end: (reader: ReadableStreamDefaultReader<Uint8Array>) => void | Promise<void> = (reader) =>
    void reader.cancel().catch(() => {}),
): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body?.getReader()
  let text = ''
  let size = 0
  try {
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
      size += read.value.byteLength
      if (size > limit) {
        if (reader) await end(reader)
        return undefined
      }
      text += decoder.decode(read.value, { stream: true })
    }
    return text + decoder.decode()
  } catch {
    return undefined
  }
}
