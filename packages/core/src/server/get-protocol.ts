import { isObject } from '../utils/type-guards.ts'

/**
 * The part of a server that speaks the protocol: `server` of an `McpServer` of either SDK, or else the server itself.
 */
export function getProtocol(server: object): object {
  const { server: inner } = server as { server?: unknown }
  return isObject(inner) ? inner : server
}
