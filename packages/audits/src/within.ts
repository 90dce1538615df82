/** Thrown where work takes longer than it may. */
export class TimedOut extends Error {}

/** Does some work, whose signal is aborted as soon as it is done or its time is over. */
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
