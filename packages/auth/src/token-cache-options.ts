import { checkNames, checkOptions, type Rules, shown } from '@portico-mcp/core/internal'
import { TokenCache } from './token-cache.ts'

/** The option `tokenCache` of `withAuth` and `requireBearerAuth`. */
export interface TokenCacheOptions {
  /**
   * Milliseconds for which a verified token is accepted without being verified again, never past its expiry; an integer
   * from 1 to 3600000. A key that the issuer withdraws is accepted for at most this time. @defaultValue 60000
   */
  maxAgeMs?: number | undefined
  /** How many tokens are remembered, 1 or more. The least recently used is dropped first. @defaultValue 1000 */
  maxEntries?: number | undefined
}

const DEFAULTS = { maxAgeMs: 60_000, maxEntries: 1000 }

const MAX_AGE_MS = 3_600_000

const isIntegerWithin = (value: unknown, max: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max

const RULES: Rules<keyof TokenCacheOptions> = {
  maxAgeMs: {
    allowed: `an integer of milliseconds from 1 to ${MAX_AGE_MS}; use tokenCache: false to remember no tokens`,
    isAllowed: (value) => isIntegerWithin(value, MAX_AGE_MS),
  },
  maxEntries: {
    allowed: 'an integer of 1 or more; use tokenCache: false to remember no tokens',
    isAllowed: (value) => isIntegerWithin(value, Number.MAX_SAFE_INTEGER),
  },
}

/**
 * Validates the option `tokenCache` and creates the cache.
 *
 * @param caller - The function that takes the option.
 * @returns undefined if the option is false.
 * @throws TypeError if a member is unknown, or if the value is neither an object nor false.
 * @throws RangeError if a number is out of range.
 */
export function readTokenCache(
  caller: string,
  option: TokenCacheOptions | false = {},
): TokenCache | undefined {
  if (option === false) return undefined
  if (typeof option !== 'object' || option === null || Array.isArray(option)) {
    throw new TypeError(
      `${caller}: tokenCache must be false or an object of maxAgeMs and maxEntries (got ${shown(option)})`,
    )
  }
  checkNames(`${caller}: tokenCache`, option, RULES)
  const { maxAgeMs = DEFAULTS.maxAgeMs, maxEntries = DEFAULTS.maxEntries } = option
  checkOptions(caller, 'tokenCache.', { maxAgeMs, maxEntries }, RULES)
  return new TokenCache(maxAgeMs, maxEntries)
}
