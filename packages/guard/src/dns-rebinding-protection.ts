import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { type AllowedHost, hostCheck, localhostAllowedHostnames, refuseHost } from './host.ts'
import { hostnameRule } from './hostname.ts'
import { allowedHosts, allowedOrigins } from './option-rules.ts'
import { type AllowedOrigins, originCheck } from './origin.ts'
import { localhostAllowedOrigins, refuseOrigin } from './origin-validation.ts'
import { type GuardRefusal, refusalResponse, report } from './refusal.ts'

/** Options of {@link dnsRebindingProtection} and of the app factories of the framework packages. */
export interface DnsRebindingProtectionOptions {
  /** The host that the server binds to, as passed to `listen`. @defaultValue '127.0.0.1' */
  host?: string | undefined
  /** The hostnames that are served. @defaultValue the loopback names if `host` is one of them, otherwise any */
  allowedHosts?: readonly AllowedHost[] | undefined
  /** The web pages that may call. @defaultValue pages of loopback hosts if `host` is one of them, otherwise any */
  allowedOrigins?: AllowedOrigins | undefined
  /** Called with each rejected request (`GuardRefusal`). What it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}

export const dnsRebindingProtectionRules: Rules<keyof DnsRebindingProtectionOptions> = {
  host: optionRules.text,
  allowedHosts,
  allowedOrigins,
  onerror: optionRules.callback,
}

/**
 * Creates the `Host` and `Origin` checks for the host that a server binds to. For a loopback host (`localhost`,
 * `127.0.0.1`, `::1`) both are active. For any other host, each is active if its list is set, and without `allowedHosts`
 * a warning is printed, since nothing protects against DNS rebinding then.
 *
 * @param options - See {@link DnsRebindingProtectionOptions}.
 * @returns A check that returns a 403 response with a JSON-RPC error, or `undefined` if the request is allowed.
 * @throws TypeError for an unknown option, or a rule that could never match.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { dnsRebindingProtection } from '@portico-mcp/guard'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'local', version: '1.0.0' }))
 * const check = dnsRebindingProtection({ host: '0.0.0.0', allowedHosts: ['mcp.example.com'] })
 *
 * export const fetch = async (request: Request) => check(request) ?? handler.fetch(request)
 * ```
 */
export function dnsRebindingProtection(
  options: DnsRebindingProtectionOptions = {},
): (request: Request) => Response | undefined {
  validateOptions('dnsRebindingProtection', options, dnsRebindingProtectionRules)
  const { host = '127.0.0.1', onerror } = options
  const isLocal = isLocalhost(host)
  const hosts = options.allowedHosts ?? (isLocal ? localhostAllowedHostnames() : undefined)
  const origins = options.allowedOrigins ?? (isLocal ? localhostAllowedOrigins() : undefined)
  if (!hosts) warnAboutRebinding(host)
  const isAllowedHost = hosts && hostCheck(hosts)
  const isAllowedOrigin = origins && originCheck(origins)

  const findRefusal = (request: Request): GuardRefusal | undefined =>
    (isAllowedHost && refuseHost(request, isAllowedHost)) ??
    (isAllowedOrigin && refuseOrigin(request, isAllowedOrigin))

  return (request) => {
    const refusal = findRefusal(request)
    if (!refusal) return undefined
    report(onerror, refusal)
    return refusalResponse(refusal)
  }
}

const isLocalhost = (host: string): boolean =>
  localhostAllowedHostnames().some((hostname) => hostnameRule(host)?.(hostname))

function warnAboutRebinding(host: string): void {
  console.warn(
    `Portico: a server on ${host} without allowedHosts answers requests for any hostname, so a web page can call it by DNS rebinding. List the hostnames of the server in allowedHosts.`,
  )
}
