import { optionRules, type Rule, type Rules } from '@portico-mcp/core/internal'

const attempts = optionRules.integerFrom(0)

const retry: Rule = {
  allowed: 'a number of attempts, an integer of 0 or more, or an object with attempts and anyMethod',
  isAllowed: (value) => attempts.isAllowed(value) || isRetryObject(value),
  error: TypeError,
}

function isRetryObject(value: unknown): boolean {
  if (!optionRules.plainObject.isAllowed(value)) return false
  const { attempts: count, anyMethod = false, ...unknown } = value as Record<string, unknown>
  return attempts.isAllowed(count) && typeof anyMethod === 'boolean' && Object.keys(unknown).length === 0
}

/** The rules of the options of a call. Headers and query parameters may be secrets. */
export const CALL_RULES: Rules<
  | 'baseUrl'
  | 'body'
  | 'headers'
  | 'query'
  | 'signal'
  | 'timeoutMs'
  | 'retry'
  | 'maxResponseBytes'
  | 'redirects'
> = {
  baseUrl: optionRules.text,
  body: optionRules.anything,
  headers: optionRules.secret(optionRules.plainObject),
  query: optionRules.secret(optionRules.plainObject),
  signal: { allowed: 'an AbortSignal', isAllowed: (value) => value instanceof AbortSignal, error: TypeError },
  timeoutMs: optionRules.positive('milliseconds'),
  retry,
  maxResponseBytes: optionRules.numberFrom(0, 'bytes'),
  redirects: { ...optionRules.oneOf('follow', 'same-origin', 'none'), error: TypeError },
}
