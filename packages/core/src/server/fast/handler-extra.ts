import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  JSONRPCRequest,
  MessageExtraInfo,
  ServerNotification,
  ServerRequest,
} from '@modelcontextprotocol/sdk/types.js'
import { ErrorCode, McpError } from '../../protocol/sdk.ts'
import { handled, watched } from '../guard-server.ts'

/** What the SDK calls a handler with. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

/** A request that a handler is answering. */
export class RunningCall {
  readonly id: JSONRPCRequest['id']
  isAborted = false
  #controller: AbortController | undefined

  constructor(id: JSONRPCRequest['id']) {
    this.id = id
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.isAborted) this.#controller.abort()
    return this.#controller.signal
  }

  abort(): void {
    this.isAborted = true
    this.#controller?.abort()
  }
}

/**
 * What a handler is called with besides its arguments.
 *
 * @param wake - Makes the SDK take over, and returns its server.
 */
export function createExtra(
  { id, params }: JSONRPCRequest,
  call: RunningCall,
  about: MessageExtraInfo | undefined,
  wake: () => Server,
): Extra {
  const relatedRequestId = id
  const extra: Extra = {
    signal: LAZY as never,
    sessionId: undefined,
    _meta: params?._meta,
    sendNotification: (notification) =>
      handled(
        (async () => {
          if (!call.isAborted) await wake().notification(notification, { relatedRequestId })
        })(),
      ),
    sendRequest: (request, schema, options) =>
      watched(request.method, async () => {
        if (call.isAborted) throw new McpError(ErrorCode.ConnectionClosed, 'Request was cancelled')
        return wake().request(request, schema, { ...options, relatedRequestId })
      }),
    authInfo: about?.authInfo,
    requestId: id,
    requestInfo: LAZY as never,
    taskId: undefined,
    taskStore: undefined,
    taskRequestedTtl: undefined,
    closeSSEStream: about?.closeSSEStream,
    closeStandaloneSSEStream: about?.closeStandaloneSSEStream,
  }
  return new Proxy(extra, new LazyMembers(call, about))
}

const LAZY = Symbol('lazy')

/**
 * Creates what few handlers read when they read it; a spread reads all of it. Not an object with getters: V8 gives
 * each of those its own shape, which outlives many collections.
 */
class LazyMembers implements ProxyHandler<Extra> {
  readonly #call: RunningCall
  readonly #about: MessageExtraInfo | undefined

  constructor(call: RunningCall, about: MessageExtraInfo | undefined) {
    this.#call = call
    this.#about = about
  }

  get(extra: Extra, key: string | symbol): unknown {
    this.#create(extra, key)
    return extra[key as keyof Extra]
  }

  getOwnPropertyDescriptor(extra: Extra, key: string | symbol): PropertyDescriptor | undefined {
    this.#create(extra, key)
    return Reflect.getOwnPropertyDescriptor(extra, key)
  }

  defineProperty(extra: Extra, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.#create(extra, key)
    return Reflect.defineProperty(extra, key, descriptor)
  }

  preventExtensions(extra: Extra): boolean {
    for (const key of Object.keys(extra)) this.#create(extra, key)
    return Reflect.preventExtensions(extra)
  }

  #create(extra: Extra, key: string | symbol): void {
    if ((extra[key as keyof Extra] as unknown) !== LAZY) return
    if (key === 'signal') extra.signal = this.#call.signal
    else extra.requestInfo = this.#about?.requestInfo as never
  }
}
