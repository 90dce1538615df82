import { DONE, isObject } from '../utils/type-guards.ts'
import type { BuiltServer, McpServerLike, ServerWithCleanup } from './factory.ts'
import type { HandlerContext } from './handler-context.ts'

// It is kept on the server itself, since collecting entries of a WeakMap costs more than serving a request.
const CLEANUP = Symbol('cleanup')

interface Held {
  [CLEANUP]?: ServerWithCleanup['cleanup']
}

/** Returns the server of a factory's result, and keeps the `cleanup` beside it with the server. */
export function unwrapServer(built: BuiltServer): McpServerLike {
  // An `McpServer` has a member `server` too.
  if (!isObject(built) || 'connect' in built) return built as McpServerLike
  const { server, cleanup } = built as Partial<ServerWithCleanup>
  if (typeof cleanup !== 'function') return built as unknown as McpServerLike
  // Without a server, `cleanup` is called when the request has been refused.
  const holder: Held & object = isObject(server) ? server : built
  // A server that a factory returns again is refused, and keeps the `cleanup` of its first use.
  if (!(CLEANUP in holder)) holder[CLEANUP] = (sessionId) => (built as ServerWithCleanup).cleanup(sessionId)
  return holder as McpServerLike
}

/** Calls the `cleanup` that a factory returned beside a server, once. */
export async function cleanUp(server: McpServerLike, sessionId?: string): Promise<void> {
  const { [CLEANUP]: cleanup } = server as Held
  delete (server as Held)[CLEANUP]
  await cleanup?.(sessionId)
}

/**
 * Closes a server, and calls its `cleanup`. Errors are reported.
 *
 * @param isSettled - Whether the SDK has nothing left to do for the request, so that the server is closed at once.
 */
export function closeServer(handler: HandlerContext, server: McpServerLike, isSettled: boolean): void {
  let closing: Promise<void>
  try {
    // A `close()` written in JavaScript may return undefined. `Promise.resolve(DONE)` is DONE itself.
    closing = isSettled ? Promise.resolve(server.close()) : closeSoon(server)
  } catch (error) {
    // an error that `close()` throws is reported asynchronously, as a rejection
    closing = Promise.reject(error)
  }
  if (closing === DONE && !(CLEANUP in server)) return
  const closed = closing
    .catch(handler.report)
    .then(() => cleanUp(server))
    .catch(handler.report)
  void closed.then(handler.closing.add(closed))
}

async function closeSoon(server: McpServerLike): Promise<void> {
  // The SDK removes a request a few microtasks after its reply, and `close()` aborts requests that are left.
  for (let microtask = 0; microtask < 5; microtask++) await undefined
  await server.close()
}
