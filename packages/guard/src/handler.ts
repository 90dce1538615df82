import type { FetchHandler, McpHandlerRequestOptions } from '@portico-mcp/core'
import { discardBody } from '@portico-mcp/core/serving'

/** The handler that a part was put in front of: its own members, and another `fetch`. */
export type InFront<H extends FetchHandler> = Omit<H, 'fetch'> & {
  /** Answers one HTTP request. Bound: it may be detached. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
}

/** Puts a part in front of a handler; `close`, `notify`, `bus` and whatever else it has of its own stay. */
export const inFront = <H extends FetchHandler>(handler: H, fetch: InFront<H>['fetch']): InFront<H> => ({
  ...handler,
  fetch: async (request, options) => {
    const response = await fetch(request, options)
    await discardBody(request)
    return response
  },
})
