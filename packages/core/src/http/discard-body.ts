import { isWorkerd } from '../utils/event-loop.ts'

/** Bytes of a refused body that are read and discarded before the connection is given up. */
export const MAX_DISCARDED_BYTES: number = 32 * 1024 * 1024

/** Milliseconds for which a refused body is read in all. */
export const MAX_DISCARD_MS = 10_000

/** Milliseconds for which the next bytes of a refused body may take. */
export const MAX_DISCARD_IDLE_MS = 1_000

/**
 * Reads what a client still sends of a request that is answered without its body, within
 * {@link MAX_DISCARDED_BYTES} and {@link MAX_DISCARD_MS}, so that the answer arrives. workerd resets the connection
 * when a handler answers before it has read everything; a client that is writing, or reads late, then gets
 * `ECONNRESET` in place of the answer. Other platforms read the rest by themselves, or their adapter does, and
 * nothing is done there.
 */
export function discardBody(request: Request): Promise<void> | undefined {
  // On Node, reading `request.body` begins to read the stream.
  if (!isWorkerd || request.bodyUsed || !request.body || request.body.locked) return undefined
  return discard(request.body.getReader())
}

/** Gives up a body that has been read in part; on workerd the rest is discarded within the same limits. */
export async function giveUp(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  if (isWorkerd) await discard(reader)
  else cancel(reader)
}

async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const deadline = Date.now() + MAX_DISCARD_MS
  try {
    for (let size = 0; size <= MAX_DISCARDED_BYTES; ) {
      const value = await readWithin(reader, Math.min(MAX_DISCARD_IDLE_MS, deadline - Date.now()))
      if (!value) break
      size += value.byteLength
    }
  } catch {
    // The client has disconnected, so the rest does not come.
  }
  cancel(reader)
}

/** Reads the next bytes; undefined at the end of the body, or if they take longer. */
async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  ms: number,
): Promise<Uint8Array | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, ms), undefined)
  })
  try {
    return await Promise.race([reader.read().then(({ value }) => value), timeout])
  } finally {
    clearTimeout(timer)
  }
}

// It is not awaited, since the other branch of a cloned body can delay it.
function cancel(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(() => {})
}
