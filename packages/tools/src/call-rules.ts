import { optionRules, type Rules } from '@portico-mcp/core/internal'

/** What the options of a call may be; headers and the query may hold secrets. */
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
  // read where the method is known
  retry: optionRules.anything,
  maxResponseBytes: optionRules.numberFrom(0, 'bytes'),
  redirects: optionRules.anything,
}
