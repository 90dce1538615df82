import type { McpServerFactory, McpServerLike, ServerEventBus } from '@portico-mcp/core'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { SharedTransport } from './shared-transport.ts'

/** Options of {@link sharedServer}. */
export interface SharedServerOptions {
  /**
   * The bus of the handler, which receives the changes that the server announces. Without it, a change that is
   * announced outside of a call reaches no client. @defaultValue none
   */
  bus?: ServerEventBus | undefined
}

const RULES: Rules<keyof SharedServerOptions> = { bus: optionRules.objectWith('publish', 'subscribe') }

const transports = new WeakMap<McpServerLike, SharedTransport>()

/**
 * Creates a factory that gives all clients one server: calls of any number of clients, of either era, run side by
 * side on it. The server is connected once, with the first request; the SDK does not let it register its first
 * tool, prompt or resource after that.
 *
 * Each handler sees its own client in `extra`, `getClientCapabilities()` and `getClientVersion()`, and its
 * progress, logs and questions go to that client. Changes that are announced outside of a call go to the bus;
 * other notifications there are dropped, and questions are rejected. State that you keep on the server is shared
 * by all clients: to serve callers different tools, build a server for each request instead.
 *
 * @param server - A server that is not connected to another transport. Its `getClientCapabilities` and
 *   `getClientVersion` are replaced.
 * @param options - See {@link SharedServerOptions}.
 *
 * @example
 * ```ts
 * import { createMcpHandler, InMemoryServerEventBus, McpServer } from '@portico-mcp/core'
 * import { sharedServer } from '@portico-mcp/shared-server'
 *
 * const server = new McpServer({ name: 'clock', version: '1.0.0' })
 * const bus = new InMemoryServerEventBus()
 *
 * export const handler = createMcpHandler(sharedServer(server, { bus }), { bus })
 * ```
 */
export function sharedServer(server: McpServerLike, options: SharedServerOptions = {}): McpServerFactory {
  validateOptions('sharedServer', options, RULES)
  const { bus } = options
  const transport = transports.get(server) ?? new SharedTransport(server)
  transports.set(server, transport)
  if (bus) transport.buses.add(bus)
  return ({ era }) => transport.createServer(era)
}
