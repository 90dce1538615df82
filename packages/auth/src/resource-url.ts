/** The well-known path of protected-resource metadata (RFC 9728 §3). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource'

/**
 * Builds the URL of the metadata of a resource: the well-known path is inserted between host and path (RFC 9728 §3.1).
 *
 * @param serverUrl - The public URL of the MCP endpoint.
 * @throws TypeError if the URL is malformed.
 */
export function getOAuthProtectedResourceMetadataUrl(serverUrl: string | URL): string {
  const url = new URL(serverUrl)
  const path = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '')
  return `${url.origin}${METADATA_PATH}${path}${url.search}`
}

/** Whether two resource identifiers are equal. A fragment and one trailing slash do not count (RFC 8707 §2). */
export function isSameResource(a: string | URL | undefined, b: string | URL | undefined): boolean {
  return a !== undefined && b !== undefined && canonicalize(a) === canonicalize(b)
}

// `new URL` accepts what a resource identifier must not contain: spaces, backslashes and missing slashes.
const WELL_FORMED = /^[a-z][a-z0-9+.-]*:\/\/[^\s\\]*$/i

/** Parses a resource identifier. Returns null for a string that only a lenient parser accepts. */
export const parseResource = (text: string): URL | null => (WELL_FORMED.test(text) ? parse(text) : null)

function canonicalize(resource: string | URL): string {
  const text = String(resource)
  const url = parseResource(text)
  // Credentials in front of the host make it another URL, so they are kept.
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
 * Parses a URL that keys and tokens may be sent to or read from: https, or http on loopback, without credentials.
 *
 * @param name - The function and the option that the URL comes from, for the error message.
 * @throws TypeError for any other URL. The message does not contain the value, which may hold credentials.
 */
export function readSecureUrl(name: string, value: string | URL): URL {
  const url = parse(value)
  if (url?.username || url?.password)
    throw new TypeError(`${name} must be a URL without user name and password`)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))) return url
  throw new TypeError(`${name} must be an https URL, or an http one on loopback`)
}
