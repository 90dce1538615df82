import { rememberLast } from '@portico-mcp/core/internal'

const AUTHORITY = /^(?:\[[\da-f:.]+\]|[^\s[\]/?#@\\,:%<>^|"'`{}]+)(?::\d{0,5})?$/i
// RFC 9110, 5.5: what is not ASCII is no field value that a client may send
const VISIBLE_ASCII = /^[\x21-\x7e]+$/

/** Whether this is a host with an optional port, as far as its characters tell. RFC 3986, 3.2. */
export const isAuthority = (value: string): boolean => VISIBLE_ASCII.test(value) && AUTHORITY.test(value)

/**
 * The hostname of a `Host` header, an `:authority` or a URL's host, in the one form that it is compared in:
 * lower case, punycode, short IPv6 in brackets, no port, no trailing dot. `undefined` for what is none.
 */
export const parseAuthority: (value: string) => string | undefined = rememberLast((value) => {
  if (!isAuthority(value)) return undefined
  const hostname = canonicalHostname(value)
  // RFC 3986, 3.2.2: an IPv4 address has one spelling
  const isRespelled = hostname !== undefined && /^[\d.]+$/.test(hostname) && !value.startsWith(hostname)
  return isRespelled ? undefined : hostname
})

/** The same where an operator wrote it, who may use Unicode. */
export const parseWrittenAuthority = (value: string): string | undefined =>
  AUTHORITY.test(value) ? canonicalHostname(value) : undefined

/** The same without a port; an IPv6 address may do without brackets. */
function parseHostname(value: string): string | undefined {
  const bracketed = /^[\da-f]*:[\da-f:.]+$/i.test(value) ? `[${value}]` : value
  return /:\d*$/.test(bracketed) ? undefined : parseWrittenAuthority(bracketed)
}

function canonicalHostname(authority: string): string | undefined {
  try {
    return withoutTrailingDot(new URL(`http://${authority}`).hostname)
  } catch {
    return undefined
  }
}

/** A hostname without the root's dot; `undefined` if a label is empty (RFC 1034, 3.1). */
export function withoutTrailingDot(hostname: string): string | undefined {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
  return name.split('.').includes('') ? undefined : name
}

/** A rule for hostnames: one, or `*.` and a domain for every name below it. `undefined` for what is neither. */
export function hostnameRule(rule: string): ((hostname: string) => boolean) | undefined {
  const isWildcard = rule.startsWith('*.')
  const expected = parseHostname(isWildcard ? rule.slice(2) : rule)
  if (expected === undefined || expected.includes('*')) return undefined
  if (!isWildcard) return (hostname) => hostname === expected
  if (expected.startsWith('[') || /\.\d+$/.test(expected)) return undefined
  return (hostname) => hostname.endsWith(`.${expected}`) && hostname.length > expected.length + 1
}
