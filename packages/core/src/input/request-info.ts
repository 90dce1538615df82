import type { RequestInfo } from '@modelcontextprotocol/sdk/types.js'
import { REQUEST_CONTEXTS, type RequestContexts } from './request-context.ts'

/**
 * Creates the `requestInfo` of a handler, whose members are created when they are first read. Getters would do the
 * same, but V8 gives each object with getters its own shape, which outlives many garbage collections.
 */
export const toRequestInfo = (request: Request): RequestInfo =>
  new Proxy<RequestInfo>({ headers: {}, url: undefined }, new LazyRequestInfo(request))

class LazyRequestInfo implements ProxyHandler<RequestInfo> {
  readonly #request: Request
  #contexts: RequestContexts | undefined

  constructor(request: Request) {
    this.#request = request
  }

  get(info: RequestInfo, key: string | symbol): unknown {
    switch (key) {
      case 'headers':
        return Object.fromEntries(this.#request.headers)
      case 'url':
        return new URL(this.#request.url)
      case REQUEST_CONTEXTS:
        this.#contexts ??= new Map()
        return this.#contexts
      default:
        return Reflect.get(info, key)
    }
  }
}
