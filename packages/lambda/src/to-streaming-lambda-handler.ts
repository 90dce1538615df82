import type { FetchHandler } from '@portico-mcp/core'
import { answer, answerWhole } from './answer.ts'
import { frontOf, type LambdaHttpEvent } from './event.ts'
import { limitOf, readOptions, type Settings, type ToLambdaHandlerOptions } from './options.ts'
import { type LambdaContext, startTimeLimit } from './time-limit.ts'
import { toResultHead } from './to-result.ts'

/** What a streamed answer is written to: a `Writable`, as far as it counts here. */
export interface LambdaResponseStream {
  write(chunk: string | Uint8Array): boolean
  end(callback?: () => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  once(event: 'drain', listener: () => void): unknown
  setContentType(contentType: string): void
}

/** A function of Lambda that streams its answers; the runtime knows it by a mark. */
export type StreamingLambdaHandler = (
  event: LambdaHttpEvent,
  stream: LambdaResponseStream,
  context?: LambdaContext,
) => Promise<void>

interface StreamingRuntime {
  streamifyResponse(handler: StreamingLambdaHandler): StreamingLambdaHandler
  HttpResponseStream: { from(stream: LambdaResponseStream, head: object): LambdaResponseStream }
}

/**
 * Mounts a handler on Lambda whose answers are sent while they are made: behind a function URL with
 * `InvokeMode` `RESPONSE_STREAM`, or a REST API with the response transfer mode `STREAM`. Progress, logs and
 * subscriptions reach the client as on any server; what is open when the function's time is over ends in
 * the protocol. HTTP APIs and load balancers take no streams: their events are answered as
 * {@link toLambdaHandler} does.
 *
 * @param handler - A Portico handler, or anything that wraps one.
 * @param options - See {@link ToLambdaHandlerOptions}.
 * @returns A function that rejects outside of a runtime with `awslambda.streamifyResponse`.
 * @throws RangeError for an option that is out of its range.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { toStreamingLambdaHandler } from '@portico-mcp/lambda'
 *
 * const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * export const handler = toStreamingLambdaHandler(notes)
 * ```
 */
export function toStreamingLambdaHandler(
  handler: FetchHandler,
  options: ToLambdaHandlerOptions = {},
): StreamingLambdaHandler {
  const settings = readOptions('toStreamingLambdaHandler', options)
  const { awslambda } = globalThis as { awslambda?: StreamingRuntime }
  if (!awslambda?.streamifyResponse) return notHere
  return awslambda.streamifyResponse(async (event, stream, context) => {
    const front = frontOf(event)
    if (front === 'rest-api' || front === 'function-url') {
      return streamAnswer(awslambda, handler, event, stream, context, settings)
    }
    stream.setContentType('application/json')
    stream.write(JSON.stringify(await answerWhole(handler, event, context, settings)))
    await new Promise<void>((ended) => stream.end(ended))
  })
}

async function notHere(): Promise<void> {
  throw new Error('awslambda.streamifyResponse is missing: only the Node runtime of Lambda streams answers')
}

async function streamAnswer(
  { HttpResponseStream }: StreamingRuntime,
  handler: FetchHandler,
  event: LambdaHttpEvent,
  stream: LambdaResponseStream,
  context: LambdaContext | undefined,
  settings: Settings,
): Promise<void> {
  const front = frontOf(event)
  const limit = startTimeLimit(limitOf(settings, context, front, true), settings.reserveMs)
  stream.on('close', limit.leave)
  stream.on('error', limit.leave)
  try {
    const response = await answer(handler, event, front, true, limit, settings)
    const body = HttpResponseStream.from(stream, toResultHead(response, event, front))
    // the head goes out with the first write
    body.write('')
    await pump(response.body, body, limit.over)
  } finally {
    limit.clear()
  }
}

async function pump(
  source: ReadableStream<Uint8Array> | null,
  stream: LambdaResponseStream,
  over: Promise<never>,
): Promise<void> {
  const reader = source?.getReader()
  const unlessOver = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, over])
  try {
    while (reader) {
      const { done, value } = await unlessOver(reader.read())
      if (done) break
      if (!stream.write(value))
        await unlessOver(new Promise<void>((drained) => stream.once('drain', drained)))
    }
    await unlessOver(new Promise<void>((ended) => stream.end(ended)))
  } catch {
    // nobody reads on, or there is no time left for it
    stream.end()
    await reader?.cancel().catch(() => {})
  }
}
