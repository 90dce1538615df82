import { DONE, isObject } from '../utils/type-guards.ts'
import type { BuiltServer, McpServerLike, ServerWithCleanup } from './factory.ts'
import type { HandlerContext } from './handler-context.ts'

// on the server itself, as is the mark of one that has served
const CLEANUP = Symbol('cleanup')

interface Held {
  [CLEANUP]?: ServerWithCleanup['cleanup']
}

/** The server of what a factory returned; the `cleanup` beside it is kept with the server. */
export function unwrapServer(built: BuiltServer): McpServerLike {
  // servers have a `server` too
  if (!isObject(built) || 'connect' in built) return built as McpServerLike
  const { server, cleanup } = built as Partial<ServerWithCleanup>
  if (typeof cleanup !== 'function') return built as unknown as McpServerLike
  // without a server, it is called when the request has been refused
  const holder: Held & object = isObject(server) ? server : built
  // a server that is returned again is refused, and in use as it was
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
 * Closes a server, and calls the `cleanup` that came with it. What goes wrong is reported.
 *
 * @param isSettled - Whether the SDK has nothing left to do for the request, so that the server is closed at once.
 */
export function closeServer(handler: HandlerContext, server: McpServerLike, isSettled: boolean): void {
  let closing: Promise<void>
  try {
    // a `close()` of JavaScript may return nothing; DONE stays the same promise
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
  // the SDK removes a request a few microtasks after its reply, and aborts those that it still has
  for (let microtask = 0; microtask < 5; microtask++) await undefined
  await server.close()
}
