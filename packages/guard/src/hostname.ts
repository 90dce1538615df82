import { rememberLast } from '@portico-mcp/core/internal'

const AUTHORITY = /^(?:\[[\da-f:.]+\]|[^\s[\]/?#@\\,:%<>^|"'`{}]+)(?::\d{0,5})?$/i
// A field value that a client may send is ASCII (RFC 9110, 5.5).
const VISIBLE_ASCII = /^[\x21-\x7e]+$/

/** Whether a text has only characters of a host with an optional port. RFC 3986, 3.2. */
export const isAuthority = (value: string): boolean => VISIBLE_ASCII.test(value) && AUTHORITY.test(value)

/**
 * Parses the hostname of a `Host` header, an `:authority` or a URL's host. The result is normalized for comparison: lower
 * case, punycode, short IPv6 in brackets, no port, no trailing dot. Returns `undefined` for anything else.
 */
export const parseAuthority: (value: string) => string | undefined = rememberLast((value) => {
  if (!isAuthority(value)) return undefined
  const hostname = canonicalHostname(value)
  // An IPv4 address has one spelling (RFC 3986, 3.2.2), but URL parsers accept others, such as `127.1`.
  const isRespelled = hostname !== undefined && /^[\d.]+$/.test(hostname) && !value.startsWith(hostname)
  return isRespelled ? undefined : hostname
})

/** Parses a hostname from an option, which may contain Unicode. */
export const parseWrittenAuthority = (value: string): string | undefined =>
  AUTHORITY.test(value) ? canonicalHostname(value) : undefined

/** Parses a hostname without a port from an option. An IPv6 address may have no brackets. */
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

/** Removes the trailing dot of a hostname. Returns `undefined` if a label is empty (RFC 1034, 3.1). */
export function withoutTrailingDot(hostname: string): string | undefined {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
  return name.split('.').includes('') ? undefined : name
}

/** Parses a rule: a hostname, or `*.` and a domain for all its subdomains. Returns `undefined` for anything else. */
export function hostnameRule(rule: string): ((hostname: string) => boolean) | undefined {
  const isWildcard = rule.startsWith('*.')
  const expected = parseHostname(isWildcard ? rule.slice(2) : rule)
  if (expected === undefined || expected.includes('*')) return undefined
  if (!isWildcard) return (hostname) => hostname === expected
  if (expected.startsWith('[') || /\.\d+$/.test(expected)) return undefined
  return (hostname) => hostname.endsWith(`.${expected}`) && hostname.length > expected.length + 1
}
