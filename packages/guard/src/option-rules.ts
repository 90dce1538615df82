import { optionRules, type Rule } from '@portico-mcp/core/internal'
import { readCidr } from './address.ts'
import { hostnameRule } from './hostname.ts'
import { originRule } from './origin.ts'

/** The rule of `allowedHosts`. */
export const allowedHosts: Rule = optionRules.listOf(
  {
    allowed: 'a hostname',
    isAllowed: (rule) =>
      typeof rule === 'function' || (typeof rule === 'string' && hostnameRule(rule) !== undefined),
  },
  'functions and hostnames, without scheme and port, such as "example.com" or "*.example.com"',
)

/** The rule of `allowedOrigins`. */
export const allowedOrigins: Rule = optionRules.listOrFunction(
  {
    allowed: 'an origin',
    isAllowed: (rule) =>
      typeof rule === 'function' || (typeof rule === 'string' && originRule(rule) !== undefined),
  },
  'functions, hostnames and origins, such as "https://app.example.com", "*.example.com", "app-scheme://*" or "null"',
)

const proxies: Rule = optionRules.listOf(
  { allowed: 'a range', isAllowed: (range) => typeof range === 'string' && readCidr(range) !== undefined },
  'IP addresses and CIDR ranges',
)

/** The rule of `trustProxy`. */
export const trustProxy: Rule = {
  ...proxies,
  allowed: `a number of proxies, an integer of 0 or more; ${proxies.allowed}; or a function`,
  isAllowed: (value) =>
    typeof value === 'function' ||
    (Number.isSafeInteger(value) && (value as number) >= 0) ||
    proxies.isAllowed(value),
}

/** The rule of `publicUrl`. */
export const httpUrl: Rule = {
  allowed: 'an http or https URL',
  isAllowed: (value) =>
    (typeof value === 'string' || value instanceof URL) &&
    URL.canParse(value) &&
    /^https?:$/.test(new URL(value).protocol),
  error: TypeError,
}

/** The rule of a list of header names. */
export const headerNames: Rule = optionRules.listOf(
  { allowed: 'a name', isAllowed: isHeaderName },
  'header names',
)

function isHeaderName(name: unknown): boolean {
  // RFC 9110, 5.1: a token
  return typeof name === 'string' && name !== '*' && /^[\w!#$%&'*+.^`|~-]+$/.test(name)
}
