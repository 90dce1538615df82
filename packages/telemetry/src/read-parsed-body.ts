import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { isJsonType, readJson } from '@portico-mcp/core/internal'

/**
 * Reads the JSON body of a POST in front of a handler. It rejects nothing: a body that is too large, cut off or not JSON
 * is left to the handler, which gets the request unread.
 *
 * @param options - The options of the request; a `parsedBody` among them is returned.
 * @param limitBytes - Bytes that are read at most.
 * @returns The parsed body; undefined if there is none.
 */
export async function readParsedBody(
  request: Request,
  options: McpHandlerRequestOptions,
  limitBytes: number,
): Promise<unknown> {
  if (options.parsedBody !== undefined) return options.parsedBody
  const { method, headers, bodyUsed } = request
  if (method !== 'POST' || !isJsonType(headers.get('content-type')) || bodyUsed) return undefined
  if (headers.has('content-encoding') || Number(headers.get('content-length') ?? 0) > limitBytes)
    return undefined
  try {
    return (await readJson(request.clone(), options, limitBytes)).parsedBody
  } catch {
    return undefined
  }
}
