/**
 * Reads a body within a limit.
 *
 * @param limit - Bytes.
 * @returns undefined for one that is larger, or no UTF-8.
 */
export async function readText({ body }: Pick<Body, 'body'>, limit: number): Promise<string | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body?.getReader()
  let text = ''
  let size = 0
  try {
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
      size += read.value.byteLength
      if (size > limit) {
        reader?.cancel().catch(() => {})
        return undefined
      }
      text += decoder.decode(read.value, { stream: true })
    }
    return text + decoder.decode()
  } catch {
    return undefined
  }
}
