import type { Client } from '../../client.ts'
import { expect, expectEqual, getResult, isObject } from '../../expect.ts'
import { needTool } from '../../offers.ts'
import { type Changes, CLIENT_CAPABILITIES_KEY } from '../../protocol.ts'
import { at, type Json, type Reply } from '../../reply.ts'

const ALL = { sampling: { tools: {} }, elicitation: { form: {}, url: {} }, roots: {} }

/** Changes to `params._meta` for a client that can be asked everything. */
export const ASKABLE: Changes = { [CLIENT_CAPABILITIES_KEY]: ALL }

/** An answer to `roots/list`. */
export const ROOTS: Json = { roots: [{ uri: 'file:///audit', name: 'audit' }] }

/** What a result asks, by key. */
export type Requests = Record<string, Json>

/** Sends a request again, with more in its `params`. */
export type Retry = (more?: Json) => Promise<Reply>

/** Reads a result that asks for input. */
export function readInterim(reply: Reply): { requests: Requests; requestState: unknown } {
  const { resultType, inputRequests, requestState } = getResult(reply)
  expectEqual(resultType, 'input_required', 'resultType')
  expect(isObject(inputRequests), 'inputRequests', inputRequests)
  return { requests: inputRequests as Requests, requestState }
}

/** The message of a form. */
export const readMessage = (request: Json): unknown => at(request, 'params', 'message')

const accept = (request: Json): Json => ({ action: 'accept', content: { which: readMessage(request) } })

/** Answers each request; without `answer`, it accepts forms. */
export function answerEach(requests: Requests, answer: (request: Json) => unknown = accept): Json {
  return Object.fromEntries(Object.entries(requests).map(([key, request]) => [key, answer(request)]))
}

/** Prepares calls of a tool that asks its client. */
export async function prepareCall(client: Client, name: string, args: Json): Promise<Retry> {
  await needTool(client, 'modern', name)
  return (more = {}) => client.modern('tools/call', { name, arguments: args, ...more }, { meta: ASKABLE })
}
