import { Refusal } from '@portico-mcp/core'

/** What of Lambda's context counts here. */
export interface LambdaContext {
  /** Milliseconds until the runtime ends the invocation. */
  getRemainingTimeInMillis(): number
}

/** Ends an invocation in its own words, before the runtime or a gateway does. */
export interface TimeLimit {
  /** Aborted with a refusal, which the handler answers with, or without a reason by a client that left. */
  readonly signal: AbortSignal
  /** Rejects with the refusal where the handler has not answered with it. */
  readonly over: Promise<never>
  /** The client left. */
  leave(): void
  clear(): void
}

// a longer timer fires at once
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Starts the clock of an invocation.
 *
 * @param limitMs - Milliseconds until somebody else ends it.
 * @param reserveMs - Milliseconds of them that it takes to answer.
 */
export function startTimeLimit(limitMs: number, reserveMs: number): TimeLimit {
  const abortion = new AbortController()
  const timers: ReturnType<typeof setTimeout>[] = []
  let end!: (refusal: Refusal) => void
  const over = new Promise<never>((_, reject) => {
    end = reject
  })
  // nobody may be waiting for it
  over.catch(() => {})

  const answerMs = Math.max(Math.floor(limitMs - reserveMs), 0)
  const expire = (): void => {
    const refusal = new Refusal('request-timeout', `The answer took more than ${answerMs} ms`)
    abortion.abort(refusal)
    timers.push(setTimeout(() => end(refusal), reserveMs / 2))
  }
  if (answerMs <= MAX_TIMER_MS) timers.push(setTimeout(expire, answerMs))

  return {
    signal: abortion.signal,
    over,
    leave: () => {
      abortion.abort()
      end(new Refusal('client-left', 'The client left'))
    },
    clear: () => timers.forEach(clearTimeout),
  }
}
