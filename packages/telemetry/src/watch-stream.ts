/** How a stream ended: by itself, because its reader left, or because it broke. */
export type StreamEnd = 'ended' | 'left' | 'broken'

/** A body that is handed on chunk by chunk, as its reader asks for it. */
export function watchStream(
  body: ReadableStream<Uint8Array>,
  onchunk: (chunk: Uint8Array) => void,
  onend: (how: StreamEnd) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) {
          onend('ended')
          controller.close()
        } else {
          onchunk(value)
          controller.enqueue(value)
        }
      } catch (error) {
        onend('broken')
        controller.error(error)
      }
    },
    cancel(reason) {
      onend('left')
      return reader.cancel(reason)
    },
  })
}

const FRAME_END = /(?:\r\n|\n|\r(?!\n)){2}/
const LINE_END = /\r\n|\n|\r/

// characters of one event; of a longer one nobody learns how it ended
const MAX_FRAME = 1024 * 1024

/** Reads the data of server-sent events out of chunks. */
export function frameReader(ondata: (data: string) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder()
  let rest = ''
  let skipping = false
  return (chunk) => {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split(FRAME_END)
    rest = frames.pop() ?? ''
    for (const frame of frames) {
      if (!skipping) readFrame(frame, ondata)
      skipping = false
    }
    if (rest.length <= MAX_FRAME) return
    skipping = true
    // the end of the frame may have begun
    rest = rest.slice(-3)
  }
}

function readFrame(frame: string, ondata: (data: string) => void): void {
  const data = frame.split(LINE_END).filter((line) => line.startsWith('data:'))
  if (data.length > 0) ondata(data.map((line) => line.slice('data:'.length)).join('\n'))
}
