import type { JSONRPCMessage, MessageExtraInfo, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import type { SendServerRequest, ServerRequest } from './client-requests.ts'
import { type InputRequiredResult, isInputRequiredResult } from './input-required.ts'
import { ensureCallId, getRequestContext, setRequestContext } from './request-context.ts'

/**
 * Sends the `inputRequests` of an `input_required` result as requests to a 2025-era client that can answer them.
 *
 * @param message - The message of the server.
 * @param extra - The context of the request, of `createServerExtra`; `once` recognises a call by it.
 * @param ask - Sends one request to the client.
 * @returns Whether the same request, with the same `extra`, is to be delivered to the server again instead
 *   of sending the message.
 */
export async function fulfill(
  message: JSONRPCMessage,
  extra: MessageExtraInfo,
  ask: SendServerRequest,
  maxRounds: number,
): Promise<boolean> {
  if (!('result' in message) || !isInputRequiredResult(message.result)) return false
  const { inputRequests, requestState } = message.result as InputRequiredResult
  const id = message.id as RequestId
  const context = getRequestContext({ requestId: id, requestInfo: extra.requestInfo })
  if (context.round >= maxRounds) throw new Refusal('too-many-rounds', `The call took ${maxRounds} rounds`)
  const answers = Object.entries(inputRequests ?? {}).map(
    async ([key, question]) => [key, await ask(legacyForm(question))] as const,
  )
  const inputResponses = Object.fromEntries(await Promise.all(answers))
  ensureCallId(context)
  setRequestContext(extra, id, { ...context, round: context.round + 1, inputResponses, requestState })
  return true
}

// 2025-11-25 identifies a URL elicitation by an id.
function legacyForm(question: ServerRequest): ServerRequest {
  const { method, params } = question
  if (params?.mode !== 'url') return question
  return { method, params: { elicitationId: crypto.randomUUID(), ...params } }
}
