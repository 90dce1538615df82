import { type FetchHandler, type McpHandlerRequestOptions, toFetch } from '@portico-mcp/core'
import { discardBody } from '@portico-mcp/core/internal'

/** The handler that a part was put in front of: its own members, and another `fetch`. */
export type InFront<H extends FetchHandler> = Omit<H, 'fetch'> & {
  /** Answers one HTTP request. Bound: it may be detached. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
}

/** Puts a part in front of a handler; `close`, `notify`, `bus` and whatever else it has of its own stay. */
export const inFront = <H extends FetchHandler>(
  handler: H,
  answer: (request: Request, options: McpHandlerRequestOptions) => Promise<Response>,
): InFront<H> => ({
  ...handler,
  fetch: toFetch(async (request, options) => {
    const response = await answer(request, options)
    await discardBody(request)
    return response
  }),
})
