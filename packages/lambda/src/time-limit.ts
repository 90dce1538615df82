import { Refusal } from '@portico-mcp/core'

/** The member of Lambda's context that is used here. */
export interface LambdaContext {
  /** Milliseconds until the runtime ends the invocation. */
  getRemainingTimeInMillis(): number
}

/** Ends an invocation with a response, before the runtime or a gateway ends it without one. */
export interface TimeLimit {
  /** Aborted with a refusal when the time is over, or without a reason when the client disconnects. */
  readonly signal: AbortSignal
  /** Rejects with the refusal if the handler has not answered after the signal was aborted. */
  readonly over: Promise<never>
  /** Call when the client has disconnected. */
  leave(): void
  clear(): void
}

// Node fires a timer with a longer delay immediately.
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Starts the time limit of an invocation.
 *
 * @param limitMs - Milliseconds until the runtime or a gateway ends the invocation.
 * @param reserveMs - Milliseconds of them that are reserved for the answer.
 */
export function startTimeLimit(limitMs: number, reserveMs: number): TimeLimit {
  const abortion = new AbortController()
  const timers: ReturnType<typeof setTimeout>[] = []
  let end!: (refusal: Refusal) => void
  const over = new Promise<never>((_, reject) => {
    end = reject
  })
  // Without a listener, the rejection would end the process.
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
