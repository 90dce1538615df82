import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../http/errors.ts'
import type { ClientRequester } from '../input/client-requests.ts'
import { readInterim } from '../input/interim-result.ts'
import { getRequestContext, readRefusal, type ServerExtra } from '../input/request-context.ts'
import type { MaybePromise } from '../utils/type-guards.ts'
import type { Answerer } from './answerer.ts'
import type { ExtensionCall, McpExtension, OfferedCall, ToolTaskSupport } from './extension.ts'
import { declares, type IncomingRequest } from './extension-request.ts'

/** The members that extensions have set for one call. */
export class CallHooks {
  readonly incoming: IncomingRequest
  onnotification: ExtensionCall['onnotification']
  onrequest: ExtensionCall['onrequest']
  takesInput: boolean | undefined
  /** The context of the request for the server. */
  extra: ServerExtra = {}
  /** Whether an extension has cancelled the call. */
  isCancelled = false
  /** Whether the client has its answer while the call runs on. */
  isDetached = false

  constructor(incoming: IncomingRequest) {
    this.incoming = incoming
  }

  /** Creates a requester that lets an extension answer the server's requests first. */
  around(requester: ClientRequester): ClientRequester {
    return {
      ...(requester.remedy !== undefined && { remedy: requester.remedy }),
      ask: (question, exchange) => this.onrequest?.(question) ?? requester.ask(question, exchange),
      answer: (response, exchange) => {
        const refusal = this.incoming.era === 'modern' && readRefusal(this.extra, response.id)
        if (!refusal) {
          return this.takesInput && readInterim(response) ? response : requester.answer(response, exchange)
        }
        exchange.end(toRefusal(refusal))
        return undefined
      },
    }
  }
}

/** A call as `leavesCall` sees it. It is a class, and without the other members, since every call of a tool makes one. */
export class OfferedCallOf implements OfferedCall {
  readonly era: OfferedCall['era']
  readonly message: JSONRPCRequest
  readonly isDeclared: boolean
  readonly #answerer: Answerer

  constructor(extension: McpExtension, incoming: IncomingRequest, answerer: Answerer) {
    this.era = incoming.era
    this.message = incoming.message
    this.isDeclared = declares(incoming, extension)
    this.#answerer = answerer
  }

  readTaskSupport(): MaybePromise<ToolTaskSupport> {
    return this.#answerer.readTaskSupport(String(this.message.params?.name))
  }
}

/** A call as its server runs it. */
export interface ServerCall extends Pick<ExtensionCall, 'cancel' | 'readTaskSupport'> {
  /** Hands the call to the server, and resolves with its answer. */
  proceed(): Promise<JSONRPCResponse>
}

/** The call as one extension sees it. All extensions of a call share its members. */
export class CallOfExtension implements ExtensionCall {
  readonly era: ExtensionCall['era']
  readonly message: JSONRPCRequest
  readonly clientCapabilities: ExtensionCall['clientCapabilities']
  readonly isDeclared: boolean
  readonly authInfo: ExtensionCall['authInfo']
  readonly http: Request
  readonly ask: ExtensionCall['ask']
  readonly notify: ExtensionCall['notify']
  readonly readTaskSupport: ExtensionCall['readTaskSupport']
  readonly cancel: ExtensionCall['cancel']
  readonly #hooks: CallHooks

  constructor(extension: McpExtension, hooks: CallHooks, { readTaskSupport, cancel }: ServerCall) {
    const { era, message, clientCapabilities, authInfo, http, ask, notify } = hooks.incoming
    this.era = era
    this.message = message
    this.clientCapabilities = clientCapabilities
    this.isDeclared = declares(hooks.incoming, extension)
    this.authInfo = authInfo
    this.http = http
    this.ask = ask
    this.notify = notify
    this.readTaskSupport = readTaskSupport
    this.cancel = cancel
    this.#hooks = hooks
  }

  get context(): ExtensionCall['context'] {
    const { incoming, extra } = this.#hooks
    return getRequestContext({ requestId: incoming.message.id, requestInfo: extra.requestInfo })
  }

  get onnotification(): ExtensionCall['onnotification'] {
    return this.#hooks.onnotification
  }

  set onnotification(handler) {
    this.#hooks.onnotification = handler
  }

  get onrequest(): ExtensionCall['onrequest'] {
    return this.#hooks.onrequest
  }

  set onrequest(handler) {
    this.#hooks.onrequest = handler
  }

  get takesInput(): boolean | undefined {
    return this.#hooks.takesInput
  }

  set takesInput(takesInput) {
    this.#hooks.takesInput = takesInput
  }
}
