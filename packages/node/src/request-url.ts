import type { NodeRequest } from './types.ts'

// Concatenating a host and a path that match these gives the URL that a parser would.
const isPlainHost = rememberLast(
  /^((?!.*xn--)([a-z0-9_-]+\.)*[a-z][a-z0-9_-]*|((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!:|$)|(?=:|$))){4})(:([1-5]\d{3,4}|[6-9]\d{3}))?$/,
)
const isPlainTarget = rememberLast(/^(?!.*\/\.)\/[\w/.~-]*(\?[\w/.~&=-]*)?$/)

/** Tests a pattern, and remembers the last text that matched: most requests to a server have the same host. */
function rememberLast(pattern: RegExp): (text: string) => boolean {
  let last: string | undefined
  return (text) => {
    if (text === last) return true
    if (!pattern.test(text)) return false
    last = text
    return true
  }
}

/**
 * Builds the absolute URL of a request.
 *
 * @param req - Its `originalUrl` is used if a framework has set one.
 * @throws TypeError for a target or host that does not make a URL of a `Request`.
 */
export function buildUrl(req: NodeRequest): string {
  const scheme = req.socket && 'encrypted' in req.socket && req.socket.encrypted ? 'https' : 'http'
  const authority = ('authority' in req ? req.authority : req.headers.host) || 'localhost'
  const target = req.originalUrl ?? req.url ?? '/'
  const origin = `${scheme}://${authority}`
  return isPlainHost(authority) && isPlainTarget(target)
    ? origin + target
    : parseUrl(origin, authority, target)
}

function parseUrl(origin: string, authority: string, target: string): string {
  // Otherwise a Host header could set the path.
  if (/[/?#@\\]/.test(authority)) throw new TypeError('The authority is more than a host')
  // A parser takes it for a slash (WHATWG URL), and other servers do not.
  if (/^[^?#]*\\/.test(target)) throw new TypeError('The path has a backslash')
  // `//` begins a path here, but an authority if it is resolved against the origin.
  const url = target.startsWith('/') ? new URL(origin + target) : new URL(target, origin)
  // A `Request` has no credentials in its URL; who the client is, is for the Authorization header to say.
  url.username = ''
  url.password = ''
  return url.href
}
