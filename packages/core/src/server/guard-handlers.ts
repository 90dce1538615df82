import { boundError, boundResult } from '../protocol/validation-bounds.ts'
import { reporter, textOf, toError } from '../utils/to-error.ts'
import { isObject } from '../utils/type-guards.ts'

type Handler = (message: unknown, extra: unknown) => unknown

/**
 * Guards what the SDK calls in a server. The SDK reads `code`, `message` and `data` of whatever a handler
 * throws, and prints it into a text: a value that cannot be read so (null, a revoked proxy, a getter that
 * throws) would leave the request without an answer, or end the process.
 *
 * The handlers are looked up in the SDK's own maps (`_requestHandlers`, `_notificationHandlers`, the same in
 * 1.0 to 2.4), so that those are guarded too that are set later. Where there are no such maps, nothing is.
 *
 * @param guardFunctions - Guards the functions in what a handler is called with.
 */
export function guardHandlers(
  protocol: Record<string, unknown>,
  guardFunctions: (functions: Record<string, unknown>) => void,
): void {
  const answering = (handler: Handler): Handler => {
    return async (message, extra) => {
      if (isObject(extra)) guardFunctions(extra)
      if (isObject(extra) && isObject(extra.mcpReq)) guardFunctions(extra.mcpReq)
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
 * What a handler threw, if an error answer can be made of it: its `code`, `message` and `data` can be read, and
 * are what JSON-RPC allows. Anything else becomes an error with what is left of it.
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
