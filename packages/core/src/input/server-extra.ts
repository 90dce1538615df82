import type { MessageExtraInfo, RequestInfo } from '@modelcontextprotocol/sdk/types.js'
import type { McpRequestContext } from '../options.ts'
import { type ServerExtra, withTurns } from './request-context.ts'
import { requestInfoOf } from './request-info.ts'

/** What a server is told of a request. */
export const extraOf = (context: McpRequestContext): ServerExtra => new RequestExtra(context)

/** Makes what few ask for when they ask. */
class RequestExtra implements ServerExtra {
  readonly authInfo: MessageExtraInfo['authInfo']
  readonly #request: Request | undefined
  #requestInfo: RequestInfo | undefined

  constructor({ authInfo, requestInfo }: McpRequestContext) {
    this.authInfo = authInfo
    this.#request = requestInfo
  }

  get requestInfo(): RequestInfo | undefined {
    this.#requestInfo ??= this.#request && requestInfoOf(this.#request)
    return this.#requestInfo
  }

  /** 2.x servers alone look for it. */
  get request(): Request | undefined {
    return this.#request && withTurns(this.#request, this)
  }
}
