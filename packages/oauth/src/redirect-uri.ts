import { shortened } from './refusal.ts'

const MAX_LENGTH = 512
const PRINTABLE = /^[\x21-\x7e]+$/
// the consent page shows it to the user: a host of unusual characters could pass for more than a host
const HOST = /^([\da-z._-]+|\[[\da-f:.]+\])$/
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(?=[/?]|$)/i

/**
 * Whether an application may be called back there: https, or http on loopback, and what else is allowed
 * (OAuth 2.1 §8.4.2, RFC 8252 §7).
 *
 * @param schemes - Private-use schemes that are allowed, such as `com.example.app`.
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
 * What to change about a redirect URI that {@link isRedirectUri} refuses: the option that allows its scheme.
 *
 * @returns undefined where no option would allow it.
 */
export function redirectUriHint(uri: string, schemes: readonly string[]): string | undefined {
  if (!URL.canParse(uri)) return undefined
  const scheme = new URL(uri).protocol.slice(0, -1)
  if (!isPrivateScheme(scheme) || schemes.includes(scheme)) return undefined
  return `The operator of this server can allow the scheme ${shortened(scheme)} with the option allowedRedirectSchemes`
}

const WEB_SCHEMES = [
  ...['http', 'https', 'javascript', 'data', 'file', 'blob', 'about', 'vbscript', 'ws', 'wss', 'ftp'],
  ...['filesystem', 'view-source', 'mailto', 'tel', 'intent'],
]

/** Whether a scheme may be one of a program (RFC 8252 §7.1), and none that a browser or the system handles itself. */
export const isPrivateScheme = (scheme: string): boolean =>
  /^[a-z][a-z\d+.-]*$/.test(scheme) && !WEB_SCHEMES.includes(scheme)

/** Whether nobody but this machine hears what is sent there. */
export const isLoopback = (uri: string): boolean => LOOPBACK.test(uri)

/** Compares texts, character by character; but for the port, where both are on one loopback host (RFC 8252 §7.3). */
export function isSameRedirectUri(registered: string, asked: string): boolean {
  if (registered === asked) return true
  // a port may be free, but it has to be one: 99999 is not
  if (!URL.canParse(asked)) return false
  const [, host] = LOOPBACK.exec(registered) ?? []
  const [, askedHost] = LOOPBACK.exec(asked) ?? []
  if (host === undefined || askedHost === undefined) return false
  return registered.replace(LOOPBACK, 'http://$1') === asked.replace(LOOPBACK, 'http://$1')
}

/** Adds parameters to a redirect URI, which stays as it is. */
export function withParameters(uri: string, parameters: Record<string, string | undefined>): string {
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) added.append(name, value)
  return `${uri}${uri.includes('?') ? '&' : '?'}${added}`
}
