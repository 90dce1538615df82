import type { FetchHandler } from '@portico-mcp/core'
import { type CallbackApp, toFetchHandler } from './app.ts'
import type { LambdaHttpEvent } from './event.ts'
import { handleBufferedEvent } from './handle-event.ts'
import { readOptions, type ToLambdaHandlerOptions } from './options.ts'
import type { LambdaContext } from './time-limit.ts'
import type { LambdaHttpResult } from './to-result.ts'

/** A Lambda function that answers HTTP requests. */
export type LambdaHandler = (event: LambdaHttpEvent, context?: LambdaContext) => Promise<LambdaHttpResult>

/**
 * Mounts a handler on Lambda, behind a REST API or an HTTP API of API Gateway, a function URL, or an Application Load
 * Balancer. The result has the form that the event's source expects.
 *
 * Responses are not streamed. Calls are answered with JSON, without the notifications before the result, and
 * `subscriptions/listen` gets 404 (-32601). Shortly before the function or API Gateway times out, a call gets 504. An
 * event that is not an HTTP request gets 400. A response of more than 6 MB (1 MB behind a load balancer) is replaced by
 * 500. The source address of the event becomes `clientAddress`.
 *
 * @param handlerOrApp - A Portico handler, anything that wraps one, or an app with a `callback()` for Node's HTTP server,
 *   such as a Koa app. A router of `@portico-mcp/koa/router` in that app gets `authInfo` and `clientAddress` too.
 * @param options - See {@link ToLambdaHandlerOptions}.
 * @throws TypeError for an unknown option or a value of the wrong type.
 * @throws RangeError if a number is negative.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { toLambdaHandler } from '@portico-mcp/lambda'
 *
 * const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * export const handler = toLambdaHandler(notes)
 * ```
 */
export function toLambdaHandler(
  handlerOrApp: FetchHandler | CallbackApp,
  options: ToLambdaHandlerOptions = {},
): LambdaHandler {
  const settings = readOptions('toLambdaHandler', options)
  const handler = toFetchHandler(handlerOrApp)
  return (event, context) => handleBufferedEvent(handler, event, context, settings)
}
