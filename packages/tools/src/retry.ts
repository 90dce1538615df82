import { ApiError } from './api-error.ts'

/** How a call is tried again. */
export interface Retry {
  /** Further attempts after the first. */
  attempts: number
  /** Whether methods are repeated that may do a thing twice, such as POST. @defaultValue false */
  anyMethod?: boolean
}

// RFC 9110 §9.2.2
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']
const PASSING = [408, 429, 502, 503, 504]

/** @throws TypeError for what is no number of attempts. */
export function readRetry(retry: number | Retry = 0, method: string): number {
  const { attempts, anyMethod = false } = typeof retry === 'number' ? { attempts: retry } : retry
  if (!Number.isInteger(attempts) || attempts < 0) throw new TypeError('retry must be a number from 0 on')
  return anyMethod || IDEMPOTENT.includes(method) ? attempts : 0
}

/** Sends until an answer stays, or the attempts are over: the last answer or error is what comes out. */
export async function retrying(
  send: () => Promise<Response>,
  attempts: number,
  signal: AbortSignal,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt >= attempts
    try {
      const response = await send()
      if (isLast || !PASSING.includes(response.status)) return response
      await response.body?.cancel()
      await pause(waitingTime(attempt, response.headers.get('retry-after')), signal)
    } catch (error) {
      if (isLast || signal.aborted || error instanceof ApiError) throw error
      await pause(waitingTime(attempt, null), signal)
    }
  }
}

const LONGEST_WAIT = 10_000

// RFC 9110 §10.2.3; else 200 ms and its doubles, with jitter
function waitingTime(attempt: number, retryAfter: string | null): number {
  const asked = retryAfter === null ? Number.NaN : secondsOf(retryAfter) * 1000
  const time = Number.isNaN(asked) ? 200 * 2 ** attempt * (0.5 + Math.random() / 2) : asked
  return Math.min(Math.max(time, 0), LONGEST_WAIT)
}

const secondsOf = (text: string): number =>
  /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000

function pause(time: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, time)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}
