/** Thrown if a response is larger than an audit may read. */
export class AnswerTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`expected an answer of at most ${maxBytes} bytes`)
    this.name = 'AnswerTooLarge'
  }
}

/** Statuses whose responses have no body. */
const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304]

/** Wraps a response so that its body fails once more than the allowed bytes have been read. Nothing is read ahead. */
export function limited(response: Response, maxBytes: number): Response {
  const { body, status, statusText, headers } = response
  if (!body || WITHOUT_BODY.includes(status)) return response
  const reader = body.getReader()
  let left = maxBytes
  const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) return controller.close()
      left -= value.byteLength
      if (left >= 0) return controller.enqueue(value)
      reader.cancel().catch(() => {})
      throw new AnswerTooLarge(maxBytes)
    },
    cancel: (reason) => reader.cancel(reason),
  }
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), { status, statusText, headers })
}
