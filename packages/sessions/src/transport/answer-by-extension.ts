import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { type ExtendedCall, type LegacyCaller, Refusal } from '@portico-mcp/core'
import { toRefusal } from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'
import type { Call } from './call.ts'
import type { ConnectedServer } from './connected-server.ts'
import { abort } from './receive.ts'
import { askClient, toWire } from './reply.ts'
import { notifyClient } from './send.ts'

/**
 * Has the extensions of the handler answer a request, or run a call. A failure without a JSON-RPC code ends the call.
 *
 * @param http - The HTTP request that the request came with.
 * @returns False if the request is for the server alone.
 */
export function answerByExtension(
  session: Session,
  call: Call,
  request: JSONRPCRequest,
  http: Request,
  connected: ConnectedServer,
): boolean {
  const { extensions } = session.node.handlerContext
  const caller: LegacyCaller = {
    authInfo: call.extra.authInfo,
    http,
    clientCapabilities: session.state.initialize.capabilities,
    ...(call.canStream && { ask: (question) => askClient(session, question, call) }),
    notify: (notification) => notifyClient(session, notification),
  }
  const answering = extensions.answer(request, caller) ?? runCall(session, call, request, caller, connected)
  answering?.then(
    (response) => {
      if (response) call.answer(toWire(session, request, response))
      else connected.transport.deliver(request, call.extra)
    },
    (error) => call.fail(toRefusal(error)),
  )
  return answering !== undefined
}

/** Runs a call through the extensions that run calls; undefined if there are none. */
function runCall(
  session: Session,
  call: Call,
  request: JSONRPCRequest,
  caller: LegacyCaller,
  { server, transport }: ConnectedServer,
): Promise<JSONRPCResponse> | undefined {
  const { calls, node } = session
  let running: ExtendedCall | undefined
  let isAnswered = false
  const proceed = (): Promise<JSONRPCResponse> => {
    if (!call.awaits(request.id)) throw new Error('The call is over')
    const reply = calls.extended.awaitReply(request.id, () => running?.hooks)
    // A call that runs on after its answer is ended by the extension.
    call.whenOver(
      () =>
        isAnswered || calls.extended.get(request.id)?.fail(new Refusal('client-left', 'The call is over')),
    )
    transport.deliver(request, call.extra)
    return reply
  }
  let reply: Promise<JSONRPCResponse> | undefined
  running = node.handlerContext.extensions.runCall(request, caller, {
    server,
    extra: call.extra,
    proceed: () => {
      reply ??= proceed()
      return reply
    },
    cancel: () => {
      abort(session, request.id)
      calls.extended.get(request.id)?.fail(new Refusal('internal', 'The call was cancelled'))
    },
    listTools: (params) => transport.request('tools/list', { ...params }, call.extra),
  })
  return running?.answer.finally(() => {
    isAnswered = true
  })
}
