import type {
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../http/errors.ts'
import { requiresInput } from '../input/input-required.ts'
import type { ResponseMode } from '../options.ts'
import { isPromise, type MaybePromise } from '../utils/maybe-promise.ts'
import { onNextTurn } from '../utils/next-turn.ts'
import type { Connection } from './connection.ts'
import { type Shortcut, shortcutOf } from './fast/fast-answerer.ts'
import { speakModern, withInput } from './sdk-v2.ts'

/**
 * Hands a request to the server.
 *
 * @returns The result, where a server that answers by itself has one before the event loop has turned, and
 *   need not stream it; for undefined the exchange has the replies.
 */
export function deliver(
  connection: Connection,
  request: JSONRPCRequest,
  mode: ResponseMode,
): MaybePromise<JSONRPCResponse | undefined> {
  const shortcut = shortcutOf(connection.server)
  if (mode !== 'sse' && shortcut?.isOpen && !connection.isOpen) {
    return answerAtOnce(connection, shortcut, request)
  }
  connection.exchange.deliver(request, connection.extra)
  return undefined
}

/** Hands a 2026-07-28 request to the server; the value is as that of {@link deliver}. */
export function deliverModern(
  connection: Connection,
  request: JSONRPCRequest,
  mode: ResponseMode,
): MaybePromise<JSONRPCResponse | undefined> {
  const call = bare(request)
  if (shortcutOf(connection.server)?.isOpen) return deliver(connection, call, mode)
  connection.isModern = speakModern(connection.server)
  return deliver(connection, connection.isModern ? withInput(call, connection) : call, mode)
}

/** Answers a request in place of the server; the value is as that of {@link deliver}. */
export function answer(
  connection: Connection,
  request: JSONRPCRequest,
  result: Result,
  mode: ResponseMode,
): JSONRPCResponse | undefined {
  const response: JSONRPCResponse = { jsonrpc: '2.0', id: request.id, result }
  if (mode !== 'sse') {
    connection.end()
    return response
  }
  connection.exchange.answer(response)
  return undefined
}

/** A 2026-07-28 request without what the host has read, and the `task` of 2025-11-25. */
function bare(request: JSONRPCRequest): JSONRPCRequest {
  const { params = {} } = request
  if (!('task' in params || 'inputResponses' in params || 'requestState' in params)) return request
  const { task: _, inputResponses: __, requestState: ___, ...rest } = params
  return { ...request, params: rest }
}

function answerAtOnce(
  connection: Connection,
  shortcut: Shortcut,
  message: JSONRPCRequest,
): MaybePromise<JSONRPCResponse | undefined> {
  const reply = shortcut.reply(message, connection.extra)
  if (!isPromise(reply)) return conclude(connection, shortcut, message, reply)
  const concluded = reply.then((reply) => conclude(connection, shortcut, message, reply))
  // once the exchange is open, it has the answer, or what went wrong instead of one
  const fail = (error: unknown): void => connection.exchange.end(toRefusal(error))
  if (connection.isOpen) {
    concluded.catch(fail)
    return undefined
  }
  return new Promise((resolve) => {
    connection.whenOpen(() => resolve(undefined))
    concluded.then(resolve, fail)
    // whoever waits for something outside can be cancelled
    onNextTurn(() => connection.isOver || connection.exchange)
  })
}

/** Does with a reply what is to be done: a result is one at once, anything else is for the exchange. */
function conclude(
  connection: Connection,
  shortcut: Shortcut,
  message: JSONRPCRequest,
  reply: JSONRPCMessage | undefined,
): JSONRPCResponse | undefined {
  if (!connection.isOpen && reply && isFinal(reply)) {
    connection.end()
    return reply
  }
  const { exchange, extra } = connection
  if (reply) exchange.send(reply).catch((error) => exchange.end(toRefusal(error)))
  else shortcut.pass(message, extra)
  return undefined
}

const isFinal = (reply: JSONRPCMessage): reply is JSONRPCResponse =>
  'result' in reply && reply.result.isError !== true && !requiresInput(reply)
