import { ApiError } from './api-error.ts'

/** How often a call is repeated. */
export interface Retry {
  /** The number of further attempts after the first. */
  attempts: number
  /** Whether methods that are not idempotent, such as POST, are repeated too. @defaultValue false */
  anyMethod?: boolean | undefined
}

// RFC 9110 §9.2.2
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']
const TRANSIENT_STATUSES = [408, 429, 502, 503, 504]

/** Reads the number of further attempts for a method. */
export function readRetry(retry: number | Retry = 0, method: string): number {
  const { attempts, anyMethod = false } = typeof retry === 'number' ? { attempts: retry } : retry
  return anyMethod || IDEMPOTENT.includes(method) ? attempts : 0
}

/**
 * Sends a request until there is no transient failure, or the attempts are used up. The last response or error is the
 * result.
 *
 * @param attempts - The number of further attempts.
 */
export async function sendWithRetries(
  send: () => Promise<Response>,
  attempts: number,
  signal: AbortSignal,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt >= attempts
    try {
      const response = await send()
      if (isLast || !TRANSIENT_STATUSES.includes(response.status)) return response
      await response.body?.cancel()
      await pause(computeWaitMs(attempt, response.headers.get('retry-after')), signal)
    } catch (error) {
      if (isLast || signal.aborted || error instanceof ApiError) throw error
      await pause(computeWaitMs(attempt, null), signal)
    }
  }
}

const MAX_WAIT_MS = 10_000

// `Retry-After` (RFC 9110 §10.2.3), else 200 ms, doubled with each attempt, with jitter.
function computeWaitMs(attempt: number, retryAfter: string | null): number {
  const requested = retryAfter === null ? Number.NaN : parseRetryAfter(retryAfter) * 1000
  const time = Number.isNaN(requested) ? 200 * 2 ** attempt * (0.5 + Math.random() / 2) : requested
  return Math.min(Math.max(time, 0), MAX_WAIT_MS)
}

const parseRetryAfter = (text: string): number =>
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
