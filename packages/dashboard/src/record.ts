import type { FetchHandler, McpHandlerRequestOptions } from '@portico-mcp/core'
import { observeResponse, tapResponses } from './observe-response.ts'
import { tapRequest } from './tap-request.ts'
import type { Traffic } from './traffic.ts'

/**
 * Passes a request on, and records what is seen of it on the way.
 *
 * @param withBodies - Whether more is recorded than that it was asked for, and how that was answered.
 */
export async function record(
  handler: FetchHandler,
  traffic: Traffic,
  { request, path, withBodies }: { request: Request; path: string; withBodies: boolean },
  given: McpHandlerRequestOptions,
): Promise<Response> {
  const recording = traffic.begin(request, path)
  if (!recording) return handler.fetch(request, given)
  if (withBodies) tapRequest(request, given, recording)
  const tap = withBodies && given.responseWriter ? tapResponses(given.responseWriter, recording) : undefined
  try {
    const response = await handler.fetch(
      request,
      tap ? { ...given, responseWriter: tap.responseWriter } : given,
    )
    if (withBodies) return observeResponse(response, recording, tap?.made())
    recording.answered(response.status, {})
    recording.end('done')
    return response
  } catch (error) {
    recording.end('broken')
    throw error
  }
}
