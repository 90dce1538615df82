import { isWorkerd } from '../utils/event-loop.ts'
import type { MaybePromise } from '../utils/type-guards.ts'
import { discardBody } from './discard-body.ts'
import { isObservable, markObservable } from './exchange-observer.ts'
import type { FetchHandler, McpHandlerRequestOptions } from './fetch-handler.ts'
import { toFetch } from './to-fetch.ts'

/** A handler that a function such as `withAuth` returned: the members of the inner handler, and another `fetch`. */
export type Wrapped<H extends FetchHandler> = Omit<H, 'fetch'> & {
  /** Answers one HTTP request. Bound: it may be detached. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
}

/**
 * Puts a function in front of a handler. The handler's own members (`notify`, `bus`, `close` and others) stay
 * reachable; members of a class are not copied.
 *
 * A body that the function leaves unread when it answers is discarded where the platform needs that, so a refusal
 * needs no code for it.
 *
 * @param handler - The inner handler.
 * @param answer - Answers a request, usually by `handler.fetch(request, options)`. A function that is not async saves a
 *   promise; what it throws rejects all the same.
 * @internal
 */
export function wrap<H extends FetchHandler>(handler: H, answer: Answer): Wrapped<H> {
  const fetch = toFetch(isWorkerd ? discarding(answer) : promised(answer))
  return { ...handler, fetch: isObservable(handler) ? markObservable(fetch) : fetch }
}

type Answer = (request: Request, options: McpHandlerRequestOptions) => MaybePromise<Response>

const promised =
  (answer: Answer) =>
  (request: Request, options: McpHandlerRequestOptions): Promise<Response> => {
    try {
      // A promise is returned unchanged, which saves creating another one.
      return Promise.resolve(answer(request, options))
    } catch (error) {
      return Promise.reject(error)
    }
  }

const discarding =
  (answer: Answer) =>
  async (request: Request, options: McpHandlerRequestOptions): Promise<Response> => {
    const response = await answer(request, options)
    await discardBody(request)
    return response
  }
