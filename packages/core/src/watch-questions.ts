import { noBackChannel } from './ask.ts'
import { isObject } from './json-rpc.ts'
import { isBeginningOnce } from './once.ts'

type Ask = (...args: unknown[]) => Promise<unknown>

/** What the SDK's server asks its client with. */
export const ASKS = ['request', 'elicitInput', 'createMessage', 'listRoots'] as const

/**
 * Watches what a server asks. Nothing is asked in what is done once: the round would wait for the work, and
 * the work for the next round. And a question that its handler does not wait for when the round ends, and
 * with it the question, ends no process.
 */
export function watchQuestions(server: unknown): void {
  const asker = (isObject(server) && isObject(server.server) ? server.server : server) as Record<string, Ask>
  for (const name of ASKS) {
    const ask = asker[name]
    if (typeof ask === 'function') asker[name] = (...args) => watched(name, () => ask.apply(asker, args))
  }
}

/** Asks, unless that must not be. */
export function watched<T>(name: string, ask: () => Promise<T>): Promise<T> {
  const answer = isBeginningOnce()
    ? Promise.reject(noBackChannel(name, 'what is done once must not ask'))
    : ask()
  answer.catch(() => {})
  return answer
}
