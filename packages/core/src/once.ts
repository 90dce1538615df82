import { type HandlerExtra, turnOf } from './turn.ts'

/**
 * Does something once in a call, however often its handler starts anew: in 2026-07-28 a handler that asks
 * its client runs from the beginning with every answer. The result travels in the sealed `requestState`.
 *
 * It knows the rounds of one call. A client that sends the same request twice makes two calls: where that
 * matters too, give what `fn` calls an idempotency key.
 *
 * @param extra - What the handler was called with, after its arguments.
 * @param key - Names the work within its handler.
 * @param fn - The work; its result must survive JSON. What it throws is not kept. It must not ask the
 *   client, nor wait for an answer: its round ends only after it.
 * @returns What `fn` returned, as JSON keeps it.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer, once } from '@portico-mcp/core'
 *
 * const chargeCard = async () => ({ receipt: 'R-1' })
 *
 * export default createMcpHandler(() => {
 *   const server = new McpServer({ name: 'shop', version: '1.0.0' })
 *   server.registerTool('pay', {}, async (extra) => {
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
export async function once<T>(extra: HandlerExtra, key: string, fn: () => T | Promise<T>): Promise<T> {
  const turn = turnOf(extra)
  const { done, doing } = turn
  const before = done.get(key)
  if (before) return before.value as T
  if (turn.over) throw new Error(`The round is over: what ${key} does would be forgotten`)

  const work = async (): Promise<T> => {
    const json = JSON.stringify({ value: await begin(fn) })
    const result = JSON.parse(json) as { value: T }
    done.set(key, result)
    return result.value
  }
  const running = doing.get(key) ?? work().finally(() => doing.delete(key))
  doing.set(key, running)
  return running as Promise<T>
}

let beginning = 0

/** Whether this is called by something that is done once, before it has waited for anything. */
export const isBeginningOnce = (): boolean => beginning > 0

function begin<T>(fn: () => T): T {
  beginning++
  try {
    return fn()
  } finally {
    beginning--
  }
}
