import { CloudflareError } from '../cloudflare-error.ts'

/** Rejects with a {@link CloudflareError} if a promise has not settled after `timeoutMs`. */
export async function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CloudflareError('object-timeout', `A Durable Object did not answer within ${timeoutMs} ms`))
    }, timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
