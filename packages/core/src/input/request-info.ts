import type { RequestInfo } from '@modelcontextprotocol/sdk/types.js'
import { REQUEST_CONTEXTS, type RequestContexts } from './request-context.ts'

/**
 * What handlers are told of an HTTP request, made when it is asked for; a spread asks for all of it. Not an
 * object with getters: each of those is of a shape of its own, which outlives many collections.
 */
export const toRequestInfo = (request: Request): RequestInfo =>
  new Proxy<RequestInfo>({ headers: {}, url: undefined }, new Telling(request))

class Telling implements ProxyHandler<RequestInfo> {
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
