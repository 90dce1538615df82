import { handlerClosed } from '../http/errors.ts'
import { onNextTurn } from '../utils/event-loop.ts'
import type { HandlerContext } from './handler-context.ts'

const MAX_TIMER_MS = 2 ** 31 - 1

/** Options of a handler's `close`. */
export interface CloseOptions {
  /**
   * Milliseconds for which requests in flight may still be answered. Streams that wait for changes end
   * immediately. @defaultValue 0
   */
  drainTimeoutMs?: number | undefined
}

/** The streams that a handler closes beside its servers. */
interface Closable {
  /** Ends every stream that waits for changes. */
  close(): void
}

/** The part of a legacy handler that is used for closing. */
interface LegacyClosable {
  /** Resolves once everything in flight has been answered, or the signal aborts. */
  drain?(enough: AbortSignal): Promise<void>
  close?(): Promise<void>
}

/**
 * Creates the `close` of a handler: graceful shutdown. Requests in flight are answered for `drainTimeoutMs`, then ended.
 * Called again without `drainTimeoutMs`, it ends them at once.
 */
export function createClosing(
  handler: HandlerContext,
  legacy: LegacyClosable,
  listeners: Closable,
): (options?: CloseOptions) => Promise<void> {
  let closing: Promise<void> | undefined
  // It is created at first use, since Workers allow no AbortController outside of a request.
  let enough: AbortController | undefined

  async function close(drainTimeoutMs: number): Promise<void> {
    handler.closed = true
    listeners.close()
    if (drainTimeoutMs > 0) {
      enough = new AbortController()
      await drain(handler, legacy, drainTimeoutMs, enough)
    }
    handler.ended = true
    for (const exchange of handler.exchanges.items()) exchange.end(handlerClosed())
    handler.tools.close()
    await legacy.close?.().catch(handler.report)
    // After a turn, a request without an exchange has been answered or has opened one, which is over.
    await new Promise<void>(onNextTurn)
    await Promise.all(handler.closing.items())
    await handler.extensions.close().catch(handler.report)
  }

  return ({ drainTimeoutMs = 0 } = {}) => {
    closing ??= close(drainTimeoutMs)
    if (drainTimeoutMs <= 0) enough?.abort()
    return closing
  }
}

/**
 * Waits until requests in flight are answered; new requests are refused already.
 *
 * @param drainTimeoutMs - Milliseconds to wait at most.
 * @param enough - Ends the wait when it is aborted.
 */
async function drain(
  handler: HandlerContext,
  legacy: LegacyClosable,
  drainTimeoutMs: number,
  enough: AbortController,
): Promise<void> {
  // Node 20 collects an `AbortSignal.timeout` to which only `AbortSignal.any` leads, so that it never fires.
  const timer = setTimeout(() => enough.abort(), Math.min(drainTimeoutMs, MAX_TIMER_MS))
  const { signal } = enough
  const over = new Promise<unknown>((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  try {
    await Promise.race([answered(handler, legacy, signal), over])
  } finally {
    clearTimeout(timer)
  }
}

async function answered(
  { exchanges }: HandlerContext,
  legacy: LegacyClosable,
  enough: AbortSignal,
): Promise<void> {
  // After a turn, a request without an exchange has been answered or has opened one.
  await new Promise<void>(onNextTurn)
  const exchangesOver = exchanges
    .items()
    .map((exchange) => new Promise<void>((resolve) => exchange.whenOver(() => resolve())))
  await Promise.all([...exchangesOver, legacy.drain?.(enough)])
}
