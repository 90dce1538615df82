import type { JSONRPCRequest, Result } from '@modelcontextprotocol/sdk/types.js'
import type { ResponseMode } from '../http/media-types.ts'
import { getRequestContext } from '../input/request-context.ts'
import type { Exchange } from './exchange.ts'
import { SdkAnswerer } from './sdk-answerer.ts'
import { setDiscoverResult, speakModern } from './sdk-v2.ts'

/** Answers a 2026-07-28 request with a server of `@modelcontextprotocol/server` 2.x, which speaks that revision itself. */
export class SdkV2Answerer extends SdkAnswerer {
  override speaksModern = false

  /** Adds the cache hint of the server. Its own handler would name only the revisions that it is configured for. */
  override async discover(result: Result, { params }: JSONRPCRequest): Promise<Result> {
    this.speaksModern = speakModern(this.server)
    if (!this.speaksModern) return result
    setDiscoverResult(this.server, result)
    const response = await this.call('server/discover', { _meta: params?._meta })
    if ('error' in response) return result
    const { ttlMs, cacheScope } = response.result
    return { ...result, ttlMs, cacheScope }
  }

  override send(request: JSONRPCRequest, mode: ResponseMode): Exchange | Promise<Exchange> {
    this.speaksModern = speakModern(this.server)
    return super.send(this.speaksModern ? this.#withInput(request) : request, mode)
  }

  /** Returns a call with the client's answers and the handler's state as the params that the 2.x SDK reads. */
  #withInput(request: JSONRPCRequest): JSONRPCRequest {
    const requestInfo = this.scope.requestInfo ?? {}
    const { inputResponses, requestState } = getRequestContext({ requestId: request.id, requestInfo })
    if (inputResponses === undefined && requestState === undefined) return request
    const input = {
      ...(inputResponses && { inputResponses }),
      ...(requestState !== undefined && { requestState }),
    }
    return { ...request, params: { ...request.params, ...input } }
  }
}
