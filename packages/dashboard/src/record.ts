import type { FetchHandler, McpHandlerRequestOptions } from '@portico-mcp/core'
import { observeExchange } from '@portico-mcp/core/internal'
import type { Traffic } from './traffic.ts'

type MaybePromise<T> = T | Promise<T>

/** Has a handler answer a request for the endpoint, and records both bodies. */
export function recordExchange(
  handler: FetchHandler,
  traffic: Traffic,
  { request, path }: { request: Request; path: string },
  options: McpHandlerRequestOptions,
): MaybePromise<Response> {
  const recording = traffic.begin(request, path)
  if (!recording) return handler.fetch(request, options)
  if (options.parsedBody !== undefined) recording.requestText(writeJson(options.parsedBody))
  return observeExchange(handler, request, options, recording)
}

/** Has a handler answer a request, and records its headers and the status of its response. */
export async function recordHead(
  handler: FetchHandler,
  traffic: Traffic,
  { request, path }: { request: Request; path: string },
  options: McpHandlerRequestOptions,
): Promise<Response> {
  const recording = traffic.begin(request, path)
  try {
    const response = await handler.fetch(request, options)
    recording?.responseHead({ status: response.status, headers: NO_HEADERS })
    recording?.responseEnd('done')
    return response
  } catch (error) {
    recording?.responseEnd('broken')
    throw error
  }
}

const NO_HEADERS = { get: () => null }

// a body that is nested too deeply to be written is the handler's to refuse
function writeJson(json: unknown): string {
  try {
    return JSON.stringify(json)
  } catch {
    return ''
  }
}
