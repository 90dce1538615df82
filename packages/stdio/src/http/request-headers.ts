import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { isObject, type ParamHeader } from '@portico-mcp/core/internal'
import { encodeHeaderValue } from './encode-header.ts'

/** The param that the `Mcp-Name` header of each method repeats (2026-07-28 Streamable HTTP). */
const NAME_PARAM: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
}

/** Creates the headers that a POST needs by the transport of its revision, beside those of its session. */
export function createHeaders(
  message: JSONRPCMessage,
  version: string | undefined,
  paramHeaders: readonly ParamHeader[],
): Headers {
  const headers = new Headers({
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  })
  if (!('method' in message) || version === undefined) return headers
  const { method, params = {} } = message
  headers.set('mcp-protocol-version', version)
  headers.set('mcp-method', method)
  const name = params[NAME_PARAM[method] ?? '']
  if (typeof name === 'string') headers.set('mcp-name', encodeHeaderValue(name))
  for (const { header, path } of method === 'tools/call' ? paramHeaders : []) {
    const value = path.reduce<unknown>(
      (part, key) => (isObject(part) ? part[key] : undefined),
      params.arguments,
    )
    if (value !== undefined && value !== null) headers.set(header, encodeHeaderValue(String(value)))
  }
  return headers
}
