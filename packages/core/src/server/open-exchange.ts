import { handlerClosed, Refusal, readAbortReason, toRefusal } from '../http/errors.ts'
import type { ClientRequester } from '../input/client-requests.ts'
import { toServerEvent } from '../protocol/events.ts'
import { errorMessage } from '../protocol/json-rpc.ts'
import { onNextTurn } from '../utils/event-loop.ts'
import { type DroppedMessages, publish } from './dropped-messages.ts'
import { Exchange } from './exchange.ts'
import type { McpRequestContext } from './factory.ts'
import type { HandlerContext } from './handler-context.ts'

/**
 * Opens the exchange of one HTTP request. A 2026-07-28 client that disconnects ends it (2026-07-28 Streamable HTTP,
 * "Cancellation"); a 2025-era client that disconnects has not cancelled.
 */
export function openExchange(
  handler: HandlerContext,
  context: McpRequestContext,
  requester: ClientRequester,
  dropped: DroppedMessages,
): Exchange {
  const exchange: Exchange = new Exchange({
    onrequest: ({ id, method, params }) => {
      const delivered = requester.ask({ method, params }, exchange).then(
        (result) => exchange.deliver({ jsonrpc: '2.0', id, result }),
        (error) => exchange.deliver(errorMessage(id, toRefusal(error))),
      )
      // User code may have replaced the transport's `onmessage`, and that may throw.
      delivered.catch((error) => exchange.end(toRefusal(error)))
    },
    onanswer: (response) => requester.answer(response, exchange),
    onnotification: (notification, options) => {
      const event = toServerEvent(notification)
      // Changes during the setup of a server for one request are not changes for other clients.
      if (event && event.kind !== 'resource_updated' && exchange.isIntroducing) return false
      if (event) publish(handler, event)
      // 2026-07-28 sends changes to listeners only; a 2025-era handler may address its own caller
      return !event || (context.era === 'legacy' && options?.relatedRequestId !== undefined)
    },
    ondropped: (message) => dropped.take(message),
  })
  if (context.era === 'legacy') exchange.remedy = requester.remedy
  exchange.whenOver((failure) => {
    if (!failure) dropped.answered()
  })
  endInTime(handler, exchange, context)
  return exchange
}

/** Ends an exchange after `requestTimeoutMs`, when its client disconnects, and when the handler is closed. */
export function endInTime(
  handler: HandlerContext,
  exchange: Exchange,
  context: Pick<McpRequestContext, 'era' | 'requestInfo'>,
): void {
  expireInTime(exchange, handler.settings.requestTimeoutMs)
  exchange.whenOver(handler.exchanges.add(exchange))
  endWhenAborted(exchange, context)
  if (handler.ended) exchange.end(handlerClosed())
}

function expireInTime(exchange: Exchange, timeoutMs: number): void {
  if (timeoutMs === 0) return
  const timer = setTimeout(() => {
    // A kept exchange is ended by its subscription stream, or by the extension that runs the call on.
    if (exchange.isKept) return
    exchange.end(new Refusal('request-timeout', `The answer took more than ${timeoutMs} ms`))
  }, timeoutMs)
  exchange.whenOver(() => clearTimeout(timer))
}

// Creating `request.signal` costs about 2 µs on Node, and most answers are there before it could abort.
function endWhenAborted(
  exchange: Exchange,
  { era, requestInfo: request }: Pick<McpRequestContext, 'era' | 'requestInfo'>,
): void {
  if (!request) return
  const leave = (abortion: Refusal): void => {
    if (exchange.isKept) return
    if (era === 'modern' || abortion.reason !== 'client-left') exchange.end(abortion)
  }
  onNextTurn(() => {
    if (exchange.isOver) return
    const { signal } = request
    const onabort = (): void => leave(readAbortReason(signal))
    if (signal.aborted) return onabort()
    signal.addEventListener('abort', onabort)
    exchange.whenOver(() => signal.removeEventListener('abort', onabort))
  })
}
