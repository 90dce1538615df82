const CENTURY_MS = 100 * 365 * 86_400_000

/**
 * Milliseconds as Redis takes them: whole, and no more than a century.
 *
 * @throws RangeError for what is no time to live.
 */
export function lifetimeOf(ttlMs: number, where: string): number {
  if (!(ttlMs > 0)) throw new RangeError(`${where}: ttlMs must be a number greater than 0`)
  return Math.ceil(Math.min(ttlMs, CENTURY_MS))
}
