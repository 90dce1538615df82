/** The data of server-sent events, as they come. */
export async function* eventFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader()
  let rest = ''
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const frames = (rest + read.value).split(/\r\n\r\n|\n\n|\r\r/)
      rest = frames.pop() ?? ''
      for (const frame of frames) {
        const data = dataOf(frame)
        if (data) yield data
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** The data of one event. */
export const dataOf = (frame: string): string =>
  frame
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).trimStart())
    .join('\n')
