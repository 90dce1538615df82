/** Thrown where a server says more than an audit reads. */
export class AnswerTooLarge extends Error {
  constructor(maxBytes: number) {
    super(`expected an answer of at most ${maxBytes} bytes`)
    this.name = 'AnswerTooLarge'
  }
}

/** Statuses whose responses have no body. */
const WITHOUT_BODY: readonly number[] = [101, 204, 205, 304]

/** A response whose body fails once more than some bytes of it have been read; not a byte is read ahead. */
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
