import { rememberLast } from '@portico-mcp/core/internal'
import { hostnameRule, parseAuthority, withoutTrailingDot } from './hostname.ts'
import { GuardRefusal, quote, refusalResponse } from './refusal.ts'
import { callOption, refusedBy } from './user-function.ts'

/**
 * A hostname without a port (`example.com`, `[::1]`), all subdomains of a domain (`*.example.com`), or a function that
 * decides. It gets the hostname in lower case, without port and trailing dot, and IPv6 in brackets.
 */
export type AllowedHost = string | ((hostname: string) => boolean)

export type HostCheck = (hostname: string) => boolean

/** Returns the loopback hostnames: `localhost`, `127.0.0.1` and `[::1]`. */
export function localhostAllowedHostnames(): string[] {
  return ['localhost', '127.0.0.1', '[::1]']
}

/**
 * Creates a check of hostnames.
 *
 * @throws TypeError for a rule that could never match.
 */
export function hostCheck(allowed: readonly AllowedHost[]): HostCheck {
  const rules = allowed.map((rule) => {
    if (typeof rule === 'function') {
      return (hostname: string) => callOption('allowedHosts', () => rule(hostname))
    }
    const matches = hostnameRule(rule)
    if (matches) return matches
    throw new TypeError(`allowedHosts: "${rule}" is no hostname; write it without scheme and port`)
  })
  return (hostname) => rules.some((matches) => matches(hostname) === true)
}

/**
 * Returns a refusal if the host of a request is not served.
 *
 * @param forwardedHost - The host from a trusted proxy. It takes precedence over the `Host` header and the URL.
 */
export function refuseHost(
  request: Request,
  isAllowed: HostCheck,
  forwardedHost?: string,
): GuardRefusal | undefined {
  return refusedBy(() => findRefusal(request, isAllowed, forwardedHost))
}

function findRefusal(
  request: Request,
  isAllowed: HostCheck,
  forwardedHost: string | undefined,
): GuardRefusal | undefined {
  const named = forwardedHost ?? request.headers.get('host')
  const url = urlHostname(request)
  const hostname = named === null ? url : parseAuthority(named)
  if (hostname === undefined) return new GuardRefusal('host-malformed', 'The Host header names no one host')
  if (!isAllowed(hostname)) return notAllowed(hostname)
  // In HTTP/2, a request may have a Host header that differs from :authority (RFC 9113, 8.3.1): both are checked.
  const isOther = forwardedHost === undefined && url !== hostname && !isPlaceholder(url)
  return isOther && !(url !== undefined && isAllowed(url)) ? notAllowed(url ?? '') : undefined
}

/**
 * Rejects a request whose `Host` is not allowed, which protects against DNS rebinding: a web page that lets its own
 * hostname point to this server. Without the header, as in HTTP/2, the host of the request's URL counts, which adapters
 * take from `:authority`. A header that was sent twice or contains no host is rejected.
 *
 * @param allowedHostnames - Hostnames without port, or `*.example.com` for all subdomains. Any other entry matches
 *   nothing. An empty list rejects every request.
 * @returns A 403 response with a JSON-RPC error (-32600, no id; `data.reason` is `host-not-allowed` or
 *   `host-malformed`), or `undefined` if the request is allowed. RFC 9110 section 7.2.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { hostHeaderValidationResponse, localhostAllowedHostnames } from '@portico-mcp/guard'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'local', version: '1.0.0' }))
 *
 * export default {
 *   fetch: async (request: Request) =>
 *     hostHeaderValidationResponse(request, localhostAllowedHostnames()) ?? handler.fetch(request),
 * }
 * ```
 */
export function hostHeaderValidationResponse(
  request: Request,
  allowedHostnames: readonly string[],
): Response | undefined {
  const rules = allowedHostnames.map(hostnameRule)
  const refusal = refuseHost(request, (hostname) => rules.some((matches) => matches?.(hostname)))
  return refusal && refusalResponse(refusal)
}

const notAllowed = (hostname: string): GuardRefusal =>
  new GuardRefusal(
    'host-not-allowed',
    `The host ${quote(hostname)} is not served here; allowedHosts or publicUrl would allow it`,
    { option: 'allowedHosts' },
  )

const originHostname = rememberLast((origin) => withoutTrailingDot(new URL(origin).hostname))

// The hostname is cached by origin: origins rarely differ between requests, paths often do.
function urlHostname({ url }: Request): string | undefined {
  const end = url.indexOf('/', url.indexOf('://') + 3)
  return originHostname(end < 0 ? url : url.slice(0, end))
}

// Adapters use a loopback name as the host of the URL if a request has no authority.
const isPlaceholder = (hostname: string | undefined): boolean =>
  hostname !== undefined && localhostAllowedHostnames().includes(hostname)
