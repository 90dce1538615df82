import { shortenText } from './refusal.ts'

const MAX_LENGTH = 512
const PRINTABLE = /^[\x21-\x7e]+$/
// The consent page shows the host, and unusual characters in it could make it look like something else.
const HOST = /^([\da-z._-]+|\[[\da-f:.]+\])$/
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(?=[/?]|$)/i

/**
 * Whether a value is a redirect URI that clients may use: https, http on loopback, or an allowed private-use scheme (OAuth
 * 2.1 §8.4.2, RFC 8252 §7).
 *
 * @param schemes - The allowed private-use schemes, such as `com.example.app`.
 */
export function isRedirectUri(uri: unknown, schemes: readonly string[]): uri is string {
  if (typeof uri !== 'string' || uri.length > MAX_LENGTH || !PRINTABLE.test(uri)) return false
  if (uri.includes('#') || uri.includes('\\') || !URL.canParse(uri)) return false
  const { protocol, username, password, hostname } = new URL(uri)
  if (username || password) return false
  if (protocol === 'https:') return /^https:\/\/[^/?]/i.test(uri) && HOST.test(hostname)
  return LOOPBACK.test(uri) || schemes.includes(protocol.slice(0, -1))
}

/**
 * Builds a hint for a redirect URI that {@link isRedirectUri} refuses: it names the option that allows its scheme.
 *
 * @returns undefined if no option allows it.
 */
export function buildRedirectUriHint(uri: string, schemes: readonly string[]): string | undefined {
  if (!URL.canParse(uri)) return undefined
  const scheme = new URL(uri).protocol.slice(0, -1)
  if (!isPrivateScheme(scheme) || schemes.includes(scheme)) return undefined
  return `The operator of this server can allow the scheme ${shortenText(scheme)} with the option allowedRedirectSchemes`
}

const WEB_SCHEMES = [
  ...['http', 'https', 'javascript', 'data', 'file', 'blob', 'about', 'vbscript', 'ws', 'wss', 'ftp'],
  ...['filesystem', 'view-source', 'mailto', 'tel', 'intent'],
]

/** Whether a scheme can be a private-use scheme (RFC 8252 §7.1): one that neither browsers nor systems handle themselves. */
export const isPrivateScheme = (scheme: string): boolean =>
  /^[a-z][a-z\d+.-]*$/.test(scheme) && !WEB_SCHEMES.includes(scheme)

/** Whether a redirect URI leads to the user's own machine. */
export const isLoopback = (uri: string): boolean => LOOPBACK.test(uri)

/** Compares two redirect URIs character by character. On the same loopback host, the port may differ (RFC 8252 §7.3). */
export function isSameRedirectUri(registered: string, requested: string): boolean {
  if (registered === requested) return true
  // The port may be any, but it must be valid: `new URL` rejects 99999.
  if (!URL.canParse(requested)) return false
  const [, host] = LOOPBACK.exec(registered) ?? []
  const [, requestedHost] = LOOPBACK.exec(requested) ?? []
  if (host === undefined || requestedHost === undefined) return false
  return registered.replace(LOOPBACK, 'http://$1') === requested.replace(LOOPBACK, 'http://$1')
}

/** Adds parameters to the query of a URI. The rest of the URI is kept character by character. */
export function addParameters(uri: string, parameters: Record<string, string | undefined>): string {
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) added.append(name, value)
  return `${uri}${uri.includes('?') ? '&' : '?'}${added}`
}
