import type { BuiltServer, McpServerLike, ServerWithCleanup } from '../options.ts'
import { isObject } from '../protocol/json-rpc.ts'

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
