import { RedisError } from './redis-error.ts'

/**
 * Waits for a reply.
 *
 * @throws RedisError with the code `redis-timeout` if there is none after `timeoutMs`.
 */
export async function within<Reply>(reply: Promise<Reply>, timeoutMs: number): Promise<Reply> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const give = (): void => reject(timedOut(timeoutMs))
    // If this process was busy, the answer may have arrived already: it is read before the timeout counts.
    timer = setTimeout(() => setImmediate(give), timeoutMs)
  })
  try {
    return await Promise.race([reply, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Creates the error of a call that got no answer. */
export const timedOut = (timeoutMs: number): RedisError =>
  new RedisError('redis-timeout', `Redis did not answer in ${timeoutMs} ms`)
