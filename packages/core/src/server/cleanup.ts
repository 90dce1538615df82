import { isObject } from '../protocol/json-rpc.ts'
import { DONE } from '../utils/maybe-promise.ts'
import type { BuiltServer, McpServerLike, ServerWithCleanup } from './factory.ts'
import type { Host } from './handler-context.ts'

// on the server itself, as is the mark of one that has served
const CLEANUP = Symbol('cleanup')

interface Held {
  [CLEANUP]?: ServerWithCleanup['cleanup']
}

/** The server of what a factory returned; what is to be called when it is done is kept with it. */
export function serverOf(built: BuiltServer): McpServerLike {
  if (!isWithCleanup(built)) return built
  const { server } = built
  // one that is returned again is refused, and in use as it was
  if (!hasCleanup(server)) (server as Held)[CLEANUP] = (sessionId) => built.cleanup(sessionId)
  return server
}

// servers have a `server` too
const isWithCleanup = (built: BuiltServer): built is ServerWithCleanup =>
  isObject(built) &&
  !('connect' in built) &&
  isObject(built.server) &&
  typeof (built as { cleanup?: unknown }).cleanup === 'function'

/** Whether something is to be called when a server is done. */
export const hasCleanup = (server: McpServerLike): boolean => CLEANUP in server

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
export function closeServer(host: Host, server: McpServerLike, isSettled: boolean): void {
  const closing = isSettled ? closeNow(server) : closeSoon(server)
  if (closing === DONE && !hasCleanup(server)) return
  const closed = closing
    .catch(host.report)
    .then(() => cleanUp(server))
    .catch(host.report)
  void closed.then(host.closing.add(closed))
}

// an error that `close()` throws is reported asynchronously, as a rejection
function closeNow(server: McpServerLike): Promise<void> {
  try {
    return server.close()
  } catch (error) {
    return Promise.reject(error)
  }
}

async function closeSoon(server: McpServerLike): Promise<void> {
  // the SDK removes a request a few microtasks after its reply, and aborts those that it still has
  for (let microtask = 0; microtask < 5; microtask++) await undefined
  await server.close()
}
