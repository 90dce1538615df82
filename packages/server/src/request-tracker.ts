import type { RequestObserver } from '@portico-mcp/core/internal'
import { currentRequest, failedRequests } from './current-request.ts'
import { takesContext } from './definition.ts'
import type { HTTPServerInput } from './input.ts'
import type { Settings } from './read-options.ts'

/** Node 24 passes the value of an `AsyncLocalStorage` on without hooks. */
const isStorageCheap = Number(process.versions.node.split('.', 1)[0]) >= 24

/** Options with which code of the user's, or a store, may log or fail while a request is served. */
const CALLED_IN_REQUESTS = [
  'auth',
  'authorize',
  'rateLimit',
  'allowedHosts',
  'allowedOrigins',
  'trustProxy',
  'bus',
  'extensions',
  'maskErrors',
] as const

/**
 * Lets log lines name the request that they belong to.
 *
 * Up to Node 22, an `AsyncLocalStorage` calls a hook for each promise of the process, which costs a `tools/call` about
 * 10 µs, more than everything else that `createHTTPServer` adds. It is used if something may log in a request: if
 * requests are logged, if the factory takes its context, which has the logger, or with options that call code in
 * requests. Otherwise only the handler itself can fail, and it calls an observer with its error.
 */
export class RequestTracker {
  #usesStorage: boolean
  /** The id of the request that is being handed to the handler. */
  #requestId: string | undefined

  constructor(input: HTTPServerInput, settings: Settings) {
    this.#usesStorage =
      isStorageCheap ||
      settings.logging ||
      settings.hasOwnLogger ||
      !settings.stateless ||
      takesContext(input) ||
      CALLED_IN_REQUESTS.some((name) => Boolean(settings[name]))
  }

  /** Something has the logger, and may log in any request from now on. */
  useStorage(): void {
    this.#usesStorage = true
  }

  /**
   * Serves a request, so that log lines which are written meanwhile name it.
   *
   * @param serve - Calls the handler before it returns.
   */
  track(requestId: string, serve: () => void): void {
    if (this.#usesStorage) {
      currentRequest.run({ requestId }, serve)
    } else {
      this.#requestId = requestId
      serve()
      this.#requestId = undefined
    }
  }

  /** Creates the observer of the request that the handler is called with; undefined if the storage is used. */
  createObserver(): RequestObserver | undefined {
    return this.#requestId === undefined ? undefined : new FailureObserver(this.#requestId)
  }
}

class FailureObserver implements RequestObserver {
  readonly requestId: string

  constructor(requestId: string) {
    this.requestId = requestId
  }

  failed(error: unknown): void {
    if (error instanceof Error) failedRequests.set(error, { requestId: this.requestId })
  }
}
