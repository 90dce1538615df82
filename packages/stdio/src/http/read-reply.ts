import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { isJsonType, isObject, readTextWithin } from '@portico-mcp/core/internal'
import { failureOf } from '../relay/messages.ts'

/** How many bytes of a body that is no JSON-RPC message are read. */
const MAX_ERROR_BYTES = 65_536

const isMessage = (value: unknown): value is JSONRPCMessage =>
  isObject(value) && ('method' in value || 'result' in value || 'error' in value)

/** Reads the messages of a response with one JSON body. */
export async function readJsonReply(
  response: Response,
  id: RequestId | undefined,
  maxBytes: number,
): Promise<JSONRPCMessage[]> {
  const limit = response.ok ? maxBytes : Math.min(maxBytes, MAX_ERROR_BYTES)
  const text = isJsonType(response.headers.get('content-type'))
    ? await readTextWithin(response, limit)
    : undefined
  const body = text === undefined ? undefined : tryParse(text)
  const messages = (Array.isArray(body) ? body : [body]).filter(isMessage)
  // An error that answers a request which could not be read has no id.
  if (messages.length > 0)
    return messages.map((message) =>
      ('id' in message && message.id !== null) || 'method' in message || id === undefined
        ? message
        : ({ ...message, id } as JSONRPCMessage),
    )
  return id === undefined ? [] : [failureOf(id, explain(response, limit))]
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function explain({ status, ok, headers }: Response, limit: number): string {
  if (ok) return `The remote MCP server answered with no message of at most ${limit} bytes`
  if (status === 401 || status === 403)
    return `The remote MCP server refused the credentials (HTTP ${status})`
  const location = headers.get('location')
  if (status >= 300 && status < 400 && location)
    return `The remote MCP server redirects to another URL (HTTP ${status})`
  return `The remote MCP server answered with HTTP ${status}`
}
