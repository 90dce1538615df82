import type { Rule } from '@portico-mcp/core/internal'

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Whether secrets may be sent to a URL: https, or http on loopback, without user name and password. */
export function isSecureUrl(url: unknown): url is string {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  const { protocol, hostname, username, password } = new URL(url)
  if (username || password) return false
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))
}

/** Hides user name and password of a URL, since errors show the value. */
export const hideCredentials = (value: unknown): unknown =>
  typeof value === 'string' || value instanceof URL ? String(value).replace(/\/\/[^/?#]*@/, '//***@') : value

/** A URL that secrets may be sent to. */
export const secureUrl: Rule = {
  allowed: 'an https URL, or an http URL on loopback, without user name and password',
  isAllowed: isSecureUrl,
  culprit: hideCredentials,
  error: TypeError,
}
