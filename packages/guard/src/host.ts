import { rememberLast } from '@portico-mcp/core/internal'
import { hostnameRule, parseAuthority, withoutTrailingDot } from './hostname.ts'
import { GuardRefusal, quote, refusalResponse } from './refusal.ts'
import { callOption, refusedBy } from './user-function.ts'

/**
 * A hostname without a port (`example.com`, `[::1]`), every name below one (`*.example.com`), or a function
 * that is asked about the hostname in lower case, without port and trailing dot, IPv6 in brackets.
 */
export type AllowedHost = string | ((hostname: string) => boolean)

export type HostCheck = (hostname: string) => boolean

/** The hostnames of this machine alone: `localhost`, `127.0.0.1` and `[::1]`. */
export function localhostAllowedHostnames(): string[] {
  return ['localhost', '127.0.0.1', '[::1]']
}

/** @throws TypeError for a rule that could never match. */
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
 * Why the name that a request came under is not served, if so.
 *
 * @param forwardedHost - What a trusted proxy says; it stands for all else.
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
  // RFC 9113, 8.3.1: Host beside another :authority
  const isOther = forwardedHost === undefined && url !== hostname && !isPlaceholder(url)
  return isOther && !(url !== undefined && isAllowed(url)) ? notAllowed(url ?? '') : undefined
}

/**
 * Refuses a request whose `Host` is not allowed: the page that had a name of its own point at this server
 * (DNS rebinding). Where the header is absent, as under HTTP/2, the host of the request's URL counts, which
 * adapters take from `:authority`. A header that was sent twice or names no host is refused.
 *
 * @param allowedHostnames - Hostnames without port; `*.example.com` for every name below. An entry that is
 * neither matches nothing, and an empty list refuses everything.
 * @returns 403 with a JSON-RPC error (-32600, no id; `data.reason` is `host-not-allowed` or
 * `host-malformed`), or `undefined` where the request may go on. RFC 9110 section 7.2.
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

// paths differ from request to request, and origins seldom do
function urlHostname({ url }: Request): string | undefined {
  const end = url.indexOf('/', url.indexOf('://') + 3)
  return originHostname(end < 0 ? url : url.slice(0, end))
}

// what adapters write for want of an authority
const isPlaceholder = (hostname: string | undefined): boolean =>
  hostname !== undefined && localhostAllowedHostnames().includes(hostname)
