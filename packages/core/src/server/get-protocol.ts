import { isObject } from '../utils/type-guards.ts'

/**
 * Returns the part of a server that speaks the protocol: `server` of an `McpServer` of either SDK, otherwise the server.
 */
export function getProtocol(server: object): object {
  const { server: inner } = server as { server?: unknown }
  return isObject(inner) ? inner : server
}
