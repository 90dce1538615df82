import { AsyncLocalStorage } from 'node:async_hooks'

/** What log lines say about the request that they belong to. */
export interface RequestDetails {
  requestId: string
}

export const currentRequest: AsyncLocalStorage<RequestDetails> = new AsyncLocalStorage()

/** Details of the requests that failed, by their error. */
export const failedRequests: WeakMap<object, RequestDetails> = new WeakMap()

/** Returns the details of the request that is being answered, or that failed with an error, if they are known. */
export const findRequest = (error?: Error): RequestDetails | undefined =>
  currentRequest.getStore() ?? (error && failedRequests.get(error))
