import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../http/errors.ts'
import type { ResponseMode } from '../http/media-types.ts'
import { requiresInput } from '../input/input-required.ts'
import { isResponse } from '../protocol/json-rpc.ts'
import { onNextTurn } from '../utils/event-loop.ts'
import type { MaybePromise } from '../utils/type-guards.ts'
import type { Answerer } from './answerer.ts'
import { Exchange } from './exchange.ts'
import type { ExtensionCall, McpExtension } from './extension.ts'
import { type CallHooks, CallOfExtension, OfferedCallOf, type ServerCall } from './extension-call.ts'
import { failure } from './extension-request.ts'
import { handled } from './guard-server.ts'
import type { HandlerContext } from './handler-context.ts'
import { endInTime } from './open-exchange.ts'

/** Runs a call through the extensions that run calls, unless all of them leave it to the server. */
export function runExtendedCall(
  handler: HandlerContext,
  hooks: CallHooks,
  answerer: Answerer,
  mode: ResponseMode,
  send: () => MaybePromise<JSONRPCResponse | Exchange>,
): MaybePromise<JSONRPCResponse | Exchange> {
  const isLeft = handler.extensions.leaveCall(
    (extension) => new OfferedCallOf(extension, hooks.incoming, answerer),
  )
  return isLeft ? send() : runAroundCall(handler, hooks, answerer, mode, send)
}

/**
 * Runs a call through the extensions that run calls. A result that comes before the event loop has turned needs no
 * exchange, which would cost more than the call of a tool that waits for nothing.
 *
 * @param send - Hands the call to the server.
 * @returns The result, or the replies that the client gets.
 */
function runAroundCall(
  handler: HandlerContext,
  hooks: CallHooks,
  answerer: Answerer,
  mode: ResponseMode,
  send: () => MaybePromise<JSONRPCResponse | Exchange>,
): Promise<JSONRPCResponse | Exchange> {
  const { message, era, http } = hooks.incoming
  let client: Exchange | undefined
  let isAnswered = false
  let isRunning = false
  let answer: Promise<JSONRPCResponse> | undefined
  const openClient = (): Exchange => {
    if (client) return client
    const opened = openClientExchange(message)
    client = opened
    endInTime(handler, opened, { era, requestInfo: http })
    opened.whenOver((failure) => {
      if (failure && !hooks.isDetached) answerer.end(failure)
    })
    return opened
  }
  const runCall = async (): Promise<JSONRPCResponse> => {
    if (isAnswered || client?.isOver || hooks.isCancelled) throw new Error('The call is over')
    isRunning = true
    try {
      const replies = await send()
      return replies instanceof Exchange ? await readAnswer(message, replies, openClient, hooks) : replies
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
  const readTaskSupport = () => answerer.readTaskSupport(String(message.params?.name))
  const finish = (): void => {
    isAnswered = true
    if (isRunning && !client?.isOver) detach(hooks, answerer)
    else if (!isRunning) answerer.end()
  }
  return new Promise((resolve) => {
    if (mode === 'sse') resolve(openClient())
    else onNextTurn(() => isAnswered || resolve(openClient()))
    runExtensions(handler, hooks, { proceed, cancel, readTaskSupport }).then(
      (response) => {
        finish()
        const reply = { ...response, id: message.id }
        if (client || !isPlainResult(reply)) openClient().answer(reply)
        resolve(client ?? reply)
      },
      (error) => {
        finish()
        openClient().end(toRefusal(error))
        resolve(openClient())
      },
    )
  })
}

/** Whether a reply is the same for every client, so that it needs no exchange to be changed in. */
const isPlainResult = (reply: JSONRPCResponse): boolean =>
  'result' in reply && reply.result.isError !== true && !requiresInput(reply)

/** Runs a call through the extensions, outermost first; resolves with the answer for the client. */
export function runExtensions(
  { extensions }: Pick<HandlerContext, 'extensions'>,
  hooks: CallHooks,
  server: ServerCall,
): Promise<JSONRPCResponse> {
  const run = extensions.aroundCalls.reduceRight<() => Promise<JSONRPCResponse>>(
    (inner, extension) => () =>
      handled(runOne(extension, new CallOfExtension(extension, hooks, server), inner)),
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
  { replies }: Exchange,
  openClient: () => Exchange,
  hooks: CallHooks,
): Promise<JSONRPCResponse> {
  for await (const reply of replies) {
    if (isResponse(reply)) {
      if (reply.id === id) return reply
    } else if (!('id' in reply)) {
      if (hooks.onnotification) hooks.onnotification(reply)
      else await openClient().send(reply)
    }
  }
  throw new Error('The call ended without an answer')
}
