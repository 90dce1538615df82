import { findAddedMembers } from '../input/request-context.ts'
import { boundError, boundResult } from '../protocol/validation-bounds.ts'
import { reporter, textOf, toError } from '../utils/to-error.ts'
import { isObject } from '../utils/type-guards.ts'

type Handler = (message: unknown, extra: unknown) => unknown

/**
 * Guards the handlers that the SDK calls in a server. The SDK reads `code`, `message` and `data` of a thrown value, and
 * converts it to text. A value for which that throws (null, a revoked proxy, a getter that throws) would leave the
 * request without an answer, or end the process.
 *
 * The handlers are looked up in the SDK's own maps (`_requestHandlers`, `_notificationHandlers`, the same in
 * 1.0 to 2.4), so that handlers that are set later are guarded too. A server without these maps is left alone. The last
 * argument of a handler gets the members that extensions add to it.
 *
 * @param guardFunctions - Guards the functions in the arguments of a handler.
 */
export function guardHandlers(
  protocol: Record<string, unknown>,
  guardFunctions: (functions: Record<string, unknown>) => void,
): void {
  const answering = (handler: Handler): Handler => {
    return async (message, extra) => {
      if (isObject(extra)) guardFunctions(extra)
      if (isObject(extra) && isObject(extra.mcpReq)) guardFunctions(extra.mcpReq)
      if (isObject(extra)) Object.defineProperties(extra, findAddedMembers(extra) ?? {})
      try {
        return boundResult(await handler(message, extra))
      } catch (thrown) {
        throw boundError(sendable(thrown))
      }
    }
  }
  const hearing = (handler: Handler): Handler => {
    return async (message, extra) => {
      try {
        await handler(message, extra)
      } catch (thrown) {
        throw toError(thrown)
      }
    }
  }
  guardLookup(protocol._requestHandlers, answering)
  guardLookup(protocol._notificationHandlers, hearing)
  const { fallbackRequestHandler, fallbackNotificationHandler, _onerror } = protocol
  if (typeof fallbackRequestHandler === 'function') {
    protocol.fallbackRequestHandler = answering(fallbackRequestHandler as Handler)
  }
  if (typeof fallbackNotificationHandler === 'function') {
    protocol.fallbackNotificationHandler = hearing(fallbackNotificationHandler as Handler)
  }
  if (typeof _onerror === 'function') {
    protocol._onerror = reporter((error) => (protocol.onerror as Handler | undefined)?.(error, undefined))
  }
}

function guardLookup(handlers: unknown, guard: (handler: Handler) => Handler): void {
  if (!(handlers instanceof Map)) return
  const { get } = handlers as Map<string, Handler>
  handlers.get = (method) => {
    const handler = get.call(handlers, method) as Handler | undefined
    return handler && guard(handler)
  }
}

/**
 * Returns the thrown value if it can become an error response: its `code`, `message` and `data` can be read, and are as
 * JSON-RPC allows. Any other value becomes an error with the members that can be used.
 */
export function sendable(thrown: unknown): unknown {
  try {
    const { code, message, data } = thrown as { code?: unknown; message?: unknown; data?: unknown }
    const isText = message === undefined || message === null || typeof message === 'string'
    if (isText && isJson(data)) return thrown
    const kept = isJson(data) ? { code, data } : { code }
    return Object.assign(new Error(textOf(message ?? thrown)), kept)
  } catch {
    return new Error('Internal error')
  }
}

function isJson(data: unknown): boolean {
  if (data === undefined) return true
  try {
    return JSON.stringify(data) !== undefined
  } catch {
    return false
  }
}
