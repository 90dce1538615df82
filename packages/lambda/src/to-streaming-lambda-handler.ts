import type { FetchHandler } from '@portico-mcp/core'
import { detectIntegration, type LambdaHttpEvent } from './event.ts'
import { handleBufferedEvent, handleEvent } from './handle-event.ts'
import { computeLimitMs, readOptions, type Settings, type ToLambdaHandlerOptions } from './options.ts'
import { type LambdaContext, startTimeLimit } from './time-limit.ts'
import { toResultHead } from './to-result.ts'

/** The stream of a response: the members of the runtime's `Writable` that are used here. */
export interface LambdaResponseStream {
  write(chunk: string | Uint8Array): boolean
  end(callback?: () => void): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
  once(event: 'drain', listener: () => void): unknown
  setContentType(contentType: string): void
}

/** A Lambda function that streams its responses, marked for the runtime by `awslambda.streamifyResponse`. */
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
 * Mounts a handler on Lambda with response streaming: behind a function URL with the `InvokeMode` `RESPONSE_STREAM`, or a
 * REST API with the response transfer mode `STREAM`. Progress, logs and subscriptions reach the client as on any server.
 * Requests and subscriptions that are open shortly before the function times out get a final message. HTTP APIs and load
 * balancers cannot stream: their events are answered as by {@link toLambdaHandler}.
 *
 * @param handler - A Portico handler, or anything that wraps one.
 * @param options - See {@link ToLambdaHandlerOptions}.
 * @returns The Lambda function. It rejects in a runtime without `awslambda.streamifyResponse`.
 * @throws TypeError for an unknown option or a value of the wrong type.
 * @throws RangeError if a number is negative.
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
  if (!awslambda?.streamifyResponse) return rejectUnsupportedRuntime
  return awslambda.streamifyResponse(async (event, stream, context) => {
    const integration = detectIntegration(event)
    if (integration === 'rest-api' || integration === 'function-url') {
      return streamAnswer(awslambda, handler, event, stream, context, settings)
    }
    stream.setContentType('application/json')
    stream.write(JSON.stringify(await handleBufferedEvent(handler, event, context, settings)))
    await new Promise<void>((ended) => stream.end(ended))
  })
}

async function rejectUnsupportedRuntime(): Promise<void> {
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
  const integration = detectIntegration(event)
  const limit = startTimeLimit(computeLimitMs(settings, context, integration, true), settings.reserveMs)
  stream.on('close', limit.leave)
  stream.on('error', limit.leave)
  try {
    const response = await handleEvent(handler, event, integration, true, limit, settings)
    const body = HttpResponseStream.from(stream, toResultHead(response, event, integration))
    // The runtime sends status and headers with the first write.
    body.write('')
    await copyStream(response.body, body, limit.over)
  } finally {
    limit.clear()
  }
}

async function copyStream(
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
    // The client has left, or the time limit is over.
    stream.end()
    await reader?.cancel().catch(() => {})
  }
}
