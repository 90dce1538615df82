/** Upstash sends no larger message. */
const MAX_EVENT_LENGTH = 16 * 1024 * 1024

/**
 * Reads the data of events, each in one line, until the stream ends.
 *
 * @throws Error if the connection is lost, or an event is larger than 16 MB.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  ondata: (data: string) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/)
    rest = lines.pop() as string
    if (rest.length > MAX_EVENT_LENGTH) throw new Error('An event has no end')
    for (const line of lines) if (line.startsWith('data:')) ondata(line.slice(5).trimStart())
  }
}
