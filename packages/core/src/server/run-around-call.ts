import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../http/errors.ts'
import type { ClientRequester } from '../input/client-requests.ts'
import { readInterim } from '../input/interim-result.ts'
import { getRequestContext, type ServerExtra } from '../input/request-context.ts'
import { isResponse } from '../protocol/json-rpc.ts'
import type { MaybePromise } from '../utils/type-guards.ts'
import type { Answerer } from './answerer.ts'
import { Exchange } from './exchange.ts'
import type { ExtensionCall, McpExtension } from './extension.ts'
import { describeRequest, failure, type IncomingRequest } from './extensions.ts'
import { handled } from './guard-server.ts'
import type { HandlerContext } from './handler-context.ts'
import { endInTime } from './open-exchange.ts'

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
      answer: (response, exchange) =>
        this.takesInput && readInterim(response) ? response : requester.answer(response, exchange),
    }
  }
}

/**
 * Runs a call through the extensions that run calls.
 *
 * @param send - Hands the call to the server.
 * @returns The replies that the client gets.
 */
export function runAroundCall(
  handler: HandlerContext,
  hooks: CallHooks,
  answerer: Answerer,
  send: () => MaybePromise<JSONRPCResponse | Exchange>,
): Exchange {
  const { message } = hooks.incoming
  const client = openClientExchange(message)
  let isRunning = false
  let answer: Promise<JSONRPCResponse> | undefined
  const runCall = async (): Promise<JSONRPCResponse> => {
    if (client.isOver || hooks.isCancelled) throw new Error('The call is over')
    isRunning = true
    try {
      return await readAnswer(message, await send(), client, hooks)
    } finally {
      isRunning = false
    }
  }
  // An extension may leave the promise unawaited, and may call `proceed` again.
  const proceed = (): Promise<JSONRPCResponse> => {
    answer ??= handled(runCall())
    return answer
  }
  const cancel = (): void => {
    hooks.isCancelled = true
    answerer.end()
  }
  const run = (): Promise<JSONRPCResponse> =>
    runExtensions(handler, hooks, {
      proceed,
      cancel,
      readTaskSupport: () => answerer.readTaskSupport(String(message.params?.name)),
    })
  const finish = (end: () => void): void => {
    if (isRunning && !client.isOver) detach(hooks, answerer)
    else if (!isRunning) answerer.end()
    end()
  }
  const { era, http } = hooks.incoming
  endInTime(handler, client, { era, requestInfo: http })
  client.whenOver((failure) => {
    if (failure && !hooks.isDetached) answerer.end(failure)
  })
  run().then(
    (response) => finish(() => client.answer({ ...response, id: message.id })),
    (error) => finish(() => client.end(toRefusal(error))),
  )
  return client
}

/** A call as its server runs it. */
export interface ServerCall extends Pick<ExtensionCall, 'cancel' | 'readTaskSupport'> {
  /** Hands the call to the server, and resolves with its answer. */
  proceed(): Promise<JSONRPCResponse>
}

/** Runs a call through the extensions, outermost first; resolves with the answer for the client. */
export function runExtensions(
  { extensions }: Pick<HandlerContext, 'extensions'>,
  hooks: CallHooks,
  server: ServerCall,
): Promise<JSONRPCResponse> {
  const run = extensions.aroundCalls.reduceRight<() => Promise<JSONRPCResponse>>(
    (inner, extension) => () => handled(runOne(extension, createCall(extension, hooks, server), inner)),
    server.proceed,
  )
  return run()
}

/** The exchange that the client reads, while the server has its own. */
function openClientExchange(message: JSONRPCRequest): Exchange {
  const client = new Exchange({
    onrequest: () => {},
    onanswer: (response) => response,
    onnotification: () => true,
    ondropped: () => {},
  })
  client.replies.expect(message)
  return client
}

// From now on, neither the client's disconnection nor a timeout ends the call.
function detach(hooks: CallHooks, answerer: Answerer): void {
  hooks.isDetached = true
  answerer.exchange.isKept = true
}

async function runOne(
  extension: McpExtension,
  call: ExtensionCall,
  proceed: () => Promise<JSONRPCResponse>,
): Promise<JSONRPCResponse> {
  try {
    return (await extension.aroundCall?.(call, proceed)) ?? (await proceed())
  } catch (thrown) {
    return failure(call.message.id, thrown)
  }
}

/** Reads replies until the answer; notifications go to an extension, or to the client. */
async function readAnswer(
  { id }: JSONRPCRequest,
  replies: JSONRPCResponse | Exchange,
  client: Exchange,
  hooks: CallHooks,
): Promise<JSONRPCResponse> {
  if (!(replies instanceof Exchange)) return replies
  for await (const reply of replies.replies) {
    if (isResponse(reply)) {
      if (reply.id === id) return reply
    } else if (!('id' in reply)) {
      if (hooks.onnotification) hooks.onnotification(reply)
      else await client.send(reply)
    }
  }
  throw new Error('The call ended without an answer')
}

/** Creates the call for one extension. All extensions of a call share its members. */
const createCall = (extension: McpExtension, hooks: CallHooks, server: ServerCall): ExtensionCall => ({
  ...describeRequest(hooks.incoming, extension),
  context: getRequestContext({
    requestId: hooks.incoming.message.id,
    requestInfo: hooks.extra.requestInfo,
  }),
  readTaskSupport: server.readTaskSupport,
  cancel: server.cancel,
  get onnotification() {
    return hooks.onnotification
  },
  set onnotification(handler) {
    hooks.onnotification = handler
  },
  get onrequest() {
    return hooks.onrequest
  },
  set onrequest(handler) {
    hooks.onrequest = handler
  },
  get takesInput() {
    return hooks.takesInput
  },
  set takesInput(takesInput) {
    hooks.takesInput = takesInput
  },
})
