/**
 * Passes a body on chunk by chunk, as its reader asks for it. Nothing is read ahead.
 *
 * @param source - Returns the body. It is called at the first read, since asking for the body of a request begins to read it
 *   on Node.
 * @param onchunk - Is called with each chunk before it is passed on.
 * @param onend - Is called once: the body has ended, its reader has cancelled it, or it has failed.
 */
export function watchBody(
  source: () => ReadableStream<Uint8Array> | null,
  onchunk: (chunk: Uint8Array) => void,
  onend: (how: 'done' | 'left' | 'broken') => void,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let isOver = false
  const end: typeof onend = (how) => {
    // Cancelling also ends a read that is waiting.
    if (!isOver) onend(how)
    isOver = true
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        reader ??= source()?.getReader()
        const read = await reader?.read().catch((error) => {
          end('broken')
          throw error
        })
        if (!read || read.done) {
          end('done')
          return controller.close()
        }
        onchunk(read.value)
        controller.enqueue(read.value)
      },
      cancel: (reason) => {
        end('left')
        return (reader ?? source())?.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
