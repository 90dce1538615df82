const waiting: (() => void)[] = []

// whoever fakes timers later, in a test, must not hold everybody up
const { setTimeout: soon } = globalThis

/** Calls back when the event loop has turned, by one timer for everybody who waits. */
export function onNextTurn(callback: () => void): void {
  // there, one request must not do anything for another
  if (isWorkerd) return void setTimeout(callback, 0)
  if (waiting.push(callback) === 1) soon(callAll, 0)
}

function callAll(): void {
  for (const callback of waiting.splice(0)) callback()
}

/** Whether it is Cloudflare's runtime, where requests are kept apart. */
export const isWorkerd: boolean = globalThis.navigator?.userAgent === 'Cloudflare-Workers'
