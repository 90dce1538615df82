import type { JSONRPCRequest, JSONRPCResponse, RequestId, Result } from '@modelcontextprotocol/sdk/types.js'
import { isInputRequiredResult, type ServerRequest } from '@portico-mcp/core'
import { errorMessage, sanitizeError, toRefusal } from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'
import { applySetting, isSetting } from './apply-setting.ts'
import type { Call } from './call.ts'
import { checkCapability, noStreamRefusal } from './question-refusals.ts'
import { ClientError } from './questions.ts'

/** Sends a response of the server. An `input_required` result is fulfilled by requests to the client first. */
export function reply(session: Session, response: JSONRPCResponse): Promise<void> | void {
  const call = session.calls.get(response.id as RequestId)
  const request = call?.pending.get(response.id as RequestId)
  const extended = session.calls.extended.get(response.id as RequestId)
  if (!call || !request) return extended?.settle(response)
  if (isSetting(request.method)) {
    return applySetting(session, request, response).then((settled) => call.answer(settled))
  }
  const isTaken = extended?.hooks?.takesInput === true
  if (!isTaken && 'result' in response && isInputRequiredResult(response.result)) {
    return fulfill(session, call, request, response)
  }
  if (extended) return extended.settle(response)
  call.answer(toWire(session, request, response))
}

/** Converts the response to a request to the form that the client gets. */
export function toWire(
  session: Session,
  request: JSONRPCRequest,
  response: JSONRPCResponse,
): JSONRPCResponse {
  const { handlerContext } = session.node
  if ('error' in response) return sanitizeError(response, request, handlerContext)
  if (request.method !== 'tools/list') return response
  return { ...response, result: handlerContext.extensions.describeTools(response.result) }
}

// Turns an `input_required` result of 2026-07-28 into requests of 2025-11-25.
async function fulfill(
  session: Session,
  call: Call,
  request: JSONRPCRequest,
  response: JSONRPCResponse,
): Promise<void> {
  const { handlerContext } = session.node
  try {
    await handlerContext.fulfill(response, call.extra, (question) => askClient(session, question, call))
    session.connected?.transport.deliver(request, call.extra)
  } catch (error) {
    handlerContext.report(error)
    call.answer(errorMessage(request.id, error instanceof ClientError ? error : toRefusal(error)))
  }
}

/** Sends a request to the client of a call, and resolves with its result. */
export async function askClient(session: Session, question: ServerRequest, call: Call): Promise<Result> {
  const id = `portico-${crypto.randomUUID()}`
  const request: JSONRPCRequest = { jsonrpc: '2.0', id, ...question }
  const refusal = checkCapability(session, request) ?? (call.canStream ? undefined : noStreamRefusal(request))
  if (refusal) throw refusal
  const answer = session.questions.awaitAnswer(id, call)
  await call.push(session.questions.register(request, call))
  return answer
}
