import type { Host } from './host.ts'
import type { LegacyLeg } from './legacy.ts'

/**
 * Lets what is in flight be answered; there is nothing new.
 *
 * @param drainMs - Milliseconds until it is waited for no longer.
 * @param impatience - Waits no longer at all.
 */
export async function drain(
  { exchanges }: Host,
  legacy: LegacyLeg,
  drainMs: number,
  impatience: AbortSignal,
): Promise<void> {
  const enough = AbortSignal.any([impatience, AbortSignal.timeout(drainMs)])
  const answered = exchanges
    .items()
    .map((exchange) => new Promise<void>((resolve) => exchange.whenOver(() => resolve())))
  const over = new Promise<unknown>((resolve) => enough.addEventListener('abort', resolve, { once: true }))
  await Promise.race([Promise.all([...answered, legacy.drain?.(enough)]), over])
}
