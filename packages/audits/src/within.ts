/** Thrown if work takes longer than its time limit. */
export class TimedOut extends Error {}

/** Runs work with a time limit. Its signal is aborted once the work is done or the time is over. */
export async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`no answer within ${Math.round(timeoutMs)} ms`)), timeoutMs)
  })
  const working = work(controller.signal)
  working.catch(() => {})
  try {
    return await Promise.race([working, timeout])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}
