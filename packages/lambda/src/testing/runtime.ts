import { PassThrough } from 'node:stream'
import type { LambdaHttpEvent } from '../event.ts'
import type { LambdaContext } from '../time-limit.ts'
import type { LambdaHttpResult } from '../to-result.ts'
import type { LambdaResponseStream, StreamingLambdaHandler } from '../to-streaming-lambda-handler.ts'
import { headersOf, toResponse } from './events.ts'

/** A stream as the runtime hands it out. */
export class ResponseStream extends PassThrough {
  contentType = 'application/octet-stream'
  onBeforeFirstWrite: (() => void) | undefined

  setContentType(contentType: string): void {
    this.contentType = contentType
  }

  override write(chunk: any, ...rest: any[]): boolean {
    const before = this.onBeforeFirstWrite
    this.onBeforeFirstWrite = undefined
    before?.()
    return super.write(chunk, ...rest)
  }
}

const HEAD = 'application/vnd.awslambda.http-integration-response'
const DELIMITER = Buffer.alloc(8)

/** What the runtime's own module puts on the global object: the head goes out in front of the first write. */
export function installStreaming(): void {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: {
        from(stream: ResponseStream, head: object) {
          stream.setContentType(HEAD)
          stream.onBeforeFirstWrite = () => {
            stream.write(JSON.stringify(head))
            stream.write(DELIMITER)
          }
          return stream
        },
      },
    },
  })
}

/** Invokes a function that streams, and gives its client the response once its head is there. */
export async function invokeStreaming(
  handler: StreamingLambdaHandler,
  event: LambdaHttpEvent,
  context?: LambdaContext,
  stream: ResponseStream = new ResponseStream(),
): Promise<Response> {
  handler(event, stream as unknown as LambdaResponseStream, context).catch((error) => stream.destroy(error))
  const chunks = stream.iterator({ destroyOnReturn: false })
  let read = Buffer.alloc(0)
  while (!read.includes(DELIMITER)) {
    const { done, value } = await chunks.next()
    // no head: what was written is the whole result
    if (done) return toResponse(JSON.parse(read.toString()))
    read = Buffer.concat([read, value])
  }
  const end = read.indexOf(DELIMITER)
  const head: LambdaHttpResult = JSON.parse(read.subarray(0, end).toString())
  const rest = read.subarray(end + DELIMITER.length)
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (rest.length > 0) controller.enqueue(rest)
    },
    // a function is not told that its client has left
    pull: async (controller) => {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
  return new Response(body, { status: head.statusCode, headers: headersOf(head) })
}
