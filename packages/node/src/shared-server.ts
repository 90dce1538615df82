import type { McpServerFactory, McpServerLike, ServerEventBus } from '@portico-mcp/core'
import { Switchboard } from './switchboard.ts'

/** Options of {@link sharedServer}. */
export interface SharedServerOptions {
  /**
   * Hears of the changes that the server announces: the bus of the handler. Without it, one that is
   * announced outside of a call reaches nobody. @defaultValue none
   */
  bus?: ServerEventBus | undefined
}

const switchboards = new WeakMap<McpServerLike, Switchboard>()

/**
 * A factory for one server that everyone shares: calls of any number of clients, of either era, run side
 * by side on it. The server is connected once, with the first request, and tools cannot be the first of
 * their kind after that.
 *
 * What a handler learns and says is of its own client: `extra`, `getClientCapabilities()`,
 * `getClientVersion()`, progress, logs, questions. What the server says outside of any call, other than
 * changes, reaches nobody; a question there is an error. State of your own on the server is everyone's: to
 * serve each caller other tools, build a server for each request instead.
 *
 * @param server - A server that no other transport is connected to. Its `getClientCapabilities` and
 *   `getClientVersion` are replaced.
 * @param options - See {@link SharedServerOptions}.
 *
 * @example
 * ```ts
 * import { createMcpHandler, InMemoryServerEventBus, McpServer } from '@portico-mcp/core'
 * import { sharedServer } from '@portico-mcp/node'
 *
 * const server = new McpServer({ name: 'clock', version: '1.0.0' })
 * const bus = new InMemoryServerEventBus()
 *
 * export const handler = createMcpHandler(sharedServer(server, { bus }), { bus })
 * ```
 */
export function sharedServer(server: McpServerLike, { bus }: SharedServerOptions = {}): McpServerFactory {
  const switchboard = switchboards.get(server) ?? new Switchboard(server)
  switchboards.set(server, switchboard)
  if (bus) switchboard.buses.add(bus)
  return ({ era }) => switchboard.line(era)
}
