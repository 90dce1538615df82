import type { LegacyLeg } from '../legacy/serve.ts'
import { onNextTurn } from '../utils/next-turn.ts'
import type { Host } from './handler-context.ts'

/**
 * Lets what is in flight be answered; there is nothing new.
 *
 * @param drainTimeoutMs - Milliseconds until it is waited for no longer.
 * @param impatience - Waits no longer at all.
 */
export async function drain(
  host: Host,
  legacy: LegacyLeg,
  drainTimeoutMs: number,
  impatience: AbortSignal,
): Promise<void> {
  const enough = AbortSignal.any([impatience, AbortSignal.timeout(drainTimeoutMs)])
  const over = new Promise<unknown>((resolve) => enough.addEventListener('abort', resolve, { once: true }))
  await Promise.race([answered(host, legacy, enough), over])
}

async function answered({ exchanges }: Host, legacy: LegacyLeg, enough: AbortSignal): Promise<void> {
  // what needs no exchange is answered by then, or has one
  await new Promise<void>(onNextTurn)
  const exchangesOver = exchanges
    .items()
    .map((exchange) => new Promise<void>((resolve) => exchange.whenOver(() => resolve())))
  await Promise.all([...exchangesOver, legacy.drain?.(enough)])
}
