/** The well-known path of protected-resource metadata (RFC 9728 §3). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource'

/**
 * Where the metadata of a resource is: the well-known path comes between its host and its path
 * (RFC 9728 §3.1).
 *
 * @param serverUrl - The public URL of the MCP endpoint.
 * @throws TypeError for a text that is no URL.
 */
export function getOAuthProtectedResourceMetadataUrl(serverUrl: string | URL): string {
  const url = new URL(serverUrl)
  const path = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '')
  return `${url.origin}${METADATA_PATH}${path}${url.search}`
}

/** Whether two resource identifiers are the same but for a fragment and one trailing slash (RFC 8707 §2). */
export function isSameResource(a: string | URL | undefined, b: string | URL | undefined): boolean {
  return a !== undefined && b !== undefined && canonical(a) === canonical(b)
}

// the parser forgives what a resource identifier does not have: spaces, backslashes, missing slashes
const WELL_FORMED = /^[a-z][a-z0-9+.-]*:\/\/[^\s\\]*$/i

/** The URL that a resource identifier is; null for a text that only a lenient parser takes for one. */
export const parseResource = (text: string): URL | null => (WELL_FORMED.test(text) ? parse(text) : null)

function canonical(resource: string | URL): string {
  const text = String(resource)
  const url = parseResource(text)
  // who is named in front of the host makes another URL of it
  const isPlain = url !== null && url.username === '' && url.password === ''
  return (isPlain ? `${url.protocol}//${url.host}${url.pathname}${url.search}` : text).replace(/\/$/, '')
}

function parse(resource: string | URL): URL | null {
  try {
    return new URL(resource)
  } catch {
    return null
  }
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/**
 * A URL that may be trusted with keys and tokens: https, or plain http on loopback, without credentials.
 *
 * @throws TypeError for anything else; it names the option, and not the value.
 */
export function secureUrl(name: string, value: string | URL): URL {
  const url = parse(value)
  if (url?.username || url?.password) throw new TypeError(`${name} must have no credentials in it`)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))) return url
  throw new TypeError(`${name} must be an https URL, or an http one on loopback`)
}
