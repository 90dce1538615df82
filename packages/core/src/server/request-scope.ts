import type {
  Implementation,
  InitializeRequest,
  JSONRPCRequest,
  RequestInfo,
} from '@modelcontextprotocol/sdk/types.js'
import type { ClientRequester } from '../input/client-requests.ts'
import { type ServerExtra, shareRequestContexts } from '../input/request-context.ts'
import { toRequestInfo } from '../input/request-info.ts'
import { SUPPORTED_PROTOCOL_VERSIONS } from '../protocol/sdk.ts'
import type { Client } from './answerer.ts'
import { DroppedMessages } from './dropped-messages.ts'
import type { Exchange } from './exchange.ts'
import type { McpRequestContext } from './factory.ts'
import type { HandlerContext } from './handler-context.ts'
import { openExchange } from './open-exchange.ts'

const UNKNOWN_CLIENT: Implementation = { name: 'unknown', version: '0' }

/** The context of an HTTP request for a server. Members that few handlers read are created when they are read. */
export class RequestExtra implements ServerExtra {
  readonly authInfo: ServerExtra['authInfo']
  readonly #request: Request | undefined
  #requestInfo: RequestInfo | undefined

  constructor({ authInfo, requestInfo }: McpRequestContext) {
    this.authInfo = authInfo
    this.#request = requestInfo
  }

  get requestInfo(): RequestInfo | undefined {
    this.#requestInfo ??= this.#request && toRequestInfo(this.#request)
    return this.#requestInfo
  }

  /** The HTTP request, which only servers of the 2.x SDK read. */
  get request(): Request | undefined {
    return this.#request && shareRequestContexts(this.#request, this)
  }
}

/** Creates the context of a request for a server. */
export const createServerExtra = (context: McpRequestContext): ServerExtra => new RequestExtra(context)

/** One HTTP request while it is served: its context for the server, and its exchange, which is opened when needed. */
export class RequestScope extends RequestExtra {
  readonly handler: HandlerContext
  readonly context: McpRequestContext
  readonly #expected: readonly JSONRPCRequest[]
  readonly #createRequester: (scope: RequestScope) => ClientRequester
  #dropped: DroppedMessages | undefined

  /**
   * @param expected - The requests that wait for a reply. A request of the server to its client may end them.
   * @param createRequester - Creates what sends requests of the server to its client, or refuses them.
   */
  constructor(
    handler: HandlerContext,
    context: McpRequestContext,
    expected: readonly JSONRPCRequest[],
    createRequester: (scope: RequestScope) => ClientRequester,
  ) {
    super(context)
    this.handler = handler
    this.context = context
    this.#expected = expected
    this.#createRequester = createRequester
  }

  /** Creates the params of `initialize`, which describe the client to a server of the 1.x SDK. */
  initializeParams({ protocolVersion, clientCapabilities, clientInfo }: Client): InitializeRequest['params'] {
    const { era } = this.context
    return {
      protocolVersion: era === 'modern' ? (SUPPORTED_PROTOCOL_VERSIONS[0] as string) : protocolVersion,
      capabilities: clientCapabilities ?? {},
      clientInfo: clientInfo ?? UNKNOWN_CLIENT,
    }
  }

  /** Takes the messages that the server sends when its client cannot be reached any more. */
  get dropped(): DroppedMessages {
    this.#dropped ??= new DroppedMessages(this.handler)
    return this.#dropped
  }

  /** Opens the exchange; see `openExchange` for what ends it. */
  openExchange(): Exchange {
    const exchange = openExchange(this.handler, this.context, this.#createRequester(this), this.dropped)
    for (const message of this.#expected) exchange.replies.expect(message)
    return exchange
  }
}
