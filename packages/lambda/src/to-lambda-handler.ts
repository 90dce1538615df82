import type { FetchHandler } from '@portico-mcp/core'
import { answerWhole } from './answer.ts'
import { type CallbackApp, handlerOf } from './app.ts'
import type { LambdaHttpEvent } from './event.ts'
import { readOptions, type ToLambdaHandlerOptions } from './options.ts'
import type { LambdaContext } from './time-limit.ts'
import type { LambdaHttpResult } from './to-result.ts'

/** A function of Lambda that answers HTTP requests. */
export type LambdaHandler = (event: LambdaHttpEvent, context?: LambdaContext) => Promise<LambdaHttpResult>

/**
 * Mounts a handler on Lambda, behind a REST API or an HTTP API of API Gateway, a function URL, or an
 * Application Load Balancer; each event is answered in the form that it calls for.
 *
 * Every answer is complete when it is sent: calls are answered in JSON, without the notifications before
 * their result, and `subscriptions/listen` is refused (404, -32601). A call that takes as long as the
 * function may, or as long as API Gateway waits, is answered 504 before that. What
 * is no HTTP request is answered 400, and 500 stands for an answer of more than 6 MB (1 MB behind a load
 * balancer). The source address becomes `clientAddress`.
 *
 * @param handlerOrApp - A Portico handler, or anything that wraps one; or an app with a `callback()` for
 *   Node's HTTP server, such as Koa's, where a router of `@portico-mcp/koa/router` finds all of this too.
 * @param options - See {@link ToLambdaHandlerOptions}.
 * @throws RangeError for an option that is out of its range.
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
  const handler = handlerOf(handlerOrApp)
  return (event, context) => answerWhole(handler, event, context, settings)
}
