const CENTURY_MS = 100 * 365 * 86_400_000

/**
 * Converts milliseconds to a time to live that every store accepts: an integer of at most a century.
 *
 * @param where - The function or option that the error names.
 * @throws RangeError if `ttlMs` is not a number greater than 0.
 */
export function toLifetimeMs(ttlMs: number, where: string): number {
  if (!(ttlMs > 0)) throw new RangeError(`${where}: ttlMs must be a number greater than 0 (got ${ttlMs})`)
  return Math.ceil(Math.min(ttlMs, CENTURY_MS))
}
