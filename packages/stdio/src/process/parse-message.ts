import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '@portico-mcp/core/internal'

/** Parses a line of a message; undefined if it is no JSON object. */
export function parseMessage(line: string): JSONRPCMessage | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? (value as unknown as JSONRPCMessage) : undefined
  } catch {
    return undefined
  }
}
