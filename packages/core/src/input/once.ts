import { sha256 } from '../utils/digest.ts'
import {
  ensureCallId,
  findRequestContext,
  type HandlerExtra,
  type RequestContext,
  UNKNOWN_CALL,
} from './request-context.ts'

/**
 * Runs a function once in a call, however often its handler starts again: in 2026-07-28 a handler that asks its client
 * runs from its beginning with every answer. The result is carried in the encrypted `requestState`.
 *
 * Nothing is stored on the server, so the work runs again if a client sends an answered round again. Pass the
 * idempotency key to services that must not run it twice, such as a payment: it is the same in all rounds of a call and
 * in all replays, and differs for every call and every `key`. A first request that is sent twice is two calls, and so
 * is a request without a session in the 2025 era.
 *
 * @param extra - The last argument of the handler.
 * @param key - Names the work within its handler.
 * @param fn - The work, called with its idempotency key: 64 characters of `0-9a-f`. Its result must be JSON. An error
 *   that it throws is not kept. It must neither ask the client nor wait for an answer, since its round ends only
 *   after it.
 * @returns The result of `fn` after a round trip through JSON. It rejects if the client sent answers without
 *   `requestState`, since a replay could not be recognised: set `requestState.keys`.
 * @throws TypeError if `extra` is not the last argument of a handler but, for example, the arguments of a tool, and
 *   outside of a call that Portico serves.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer, once } from '@portico-mcp/core'
 *
 * const chargeCard = async (idempotencyKey: string) => ({ receipt: `R-${idempotencyKey.slice(0, 8)}` })
 *
 * export default createMcpHandler(() => {
 *   const server = new McpServer({ name: 'shop', version: '1.0.0' })
 *   server.registerTool('pay', { inputSchema: {} }, async (_args, extra) => {
 *     const { receipt } = await once(extra, 'charge', chargeCard)
 *     const { content } = await server.server.elicitInput({
 *       message: 'Where does the receipt go?',
 *       requestedSchema: { type: 'object', properties: { email: { type: 'string', format: 'email' } } },
 *     })
 *     return { content: [{ type: 'text', text: `${receipt} goes to ${content?.email ?? 'nobody'}` }] }
 *   })
 *   return server
 * })
 * ```
 */
export function once<T>(
  extra: HandlerExtra,
  key: string,
  fn: (idempotencyKey: string) => T | Promise<T>,
): Promise<T> {
  const context = findRequestContext('once', extra)
  if (!context) throw new TypeError('once: extra must come from a call that Portico serves')
  return doOnce(context, key, fn)
}

async function doOnce<T>(
  context: RequestContext,
  key: string,
  fn: (idempotencyKey: string) => T | Promise<T>,
): Promise<T> {
  const { done, doing } = context
  const before = done.get(key)
  if (before) return before.value as T
  if (context.over) throw new Error(`The round is over: what ${key} does would be forgotten`)
  const callId = ensureCallId(context)
  if (callId === UNKNOWN_CALL) {
    throw new Error(
      `once: the client answered without a requestState, so that a replay of ${key} could not be told. Set requestState.keys, or return a requestState with inputRequired`,
    )
  }

  const work = async (): Promise<T> => {
    const json = JSON.stringify({ value: await begin(() => fn(sha256(`${callId} ${key}`))) })
    const result = JSON.parse(json) as { value: T }
    done.set(key, result)
    await context.save?.()
    return result.value
  }
  const running = doing.get(key) ?? work().finally(() => doing.delete(key))
  doing.set(key, running)
  return running as Promise<T>
}

let beginning = 0

/** Whether this is called by the function of `once`, before its first `await`. */
export const isBeginningOnce = (): boolean => beginning > 0

function begin<T>(fn: () => T): T {
  beginning++
  try {
    return fn()
  } finally {
    beginning--
  }
}
