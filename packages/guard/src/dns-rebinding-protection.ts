import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { type AllowedHost, hostCheck, localhostAllowedHostnames, refuseHost } from './host.ts'
import { hostnameRule } from './hostname.ts'
import { allowedHosts, allowedOrigins } from './option-rules.ts'
import { type AllowedOrigins, originCheck } from './origin.ts'
import { localhostAllowedOrigins, refuseOrigin } from './origin-validation.ts'
import { type GuardRefusal, refusalResponse, report } from './refusal.ts'

/** Options of {@link dnsRebindingProtection}, and of every app factory that is built on it. */
export interface DnsRebindingProtectionOptions {
  /** What the server binds to, as `listen` takes it. @defaultValue '127.0.0.1' */
  host?: string | undefined
  /** The hostnames that are served. @defaultValue those of this machine where `host` is one, else any */
  allowedHosts?: readonly AllowedHost[] | undefined
  /** The pages that may call. @defaultValue those of this machine where `host` is one, else any */
  allowedOrigins?: AllowedOrigins | undefined
  /** Hears of refusals (`GuardRefusal`); what it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}

export const dnsRebindingProtectionRules: Rules<keyof DnsRebindingProtectionOptions> = {
  host: optionRules.text,
  allowedHosts,
  allowedOrigins,
  onerror: optionRules.callback,
}

/**
 * The `Host` and `Origin` checks that fit what a server binds to. On this machine alone (`localhost`,
 * `127.0.0.1`, `::1`) both are armed; elsewhere each is where its list is given, and without
 * `allowedHosts` a warning says once that nothing keeps rebound names out.
 *
 * @param options - See {@link DnsRebindingProtectionOptions}.
 * @returns A check: 403 in JSON-RPC, or `undefined` where the request may go on.
 * @throws TypeError for a rule that could never match.
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
  if (!hosts) warnOf(host)
  const isAllowedHost = hosts && hostCheck(hosts)
  const isAllowedOrigin = origins && originCheck(origins)

  const refusalOf = (request: Request): GuardRefusal | undefined =>
    (isAllowedHost && refuseHost(request, isAllowedHost)) ??
    (isAllowedOrigin && refuseOrigin(request, isAllowedOrigin))

  return (request) => {
    const refusal = refusalOf(request)
    if (!refusal) return undefined
    report(onerror, refusal)
    return refusalResponse(refusal)
  }
}

const isLocalhost = (host: string): boolean =>
  localhostAllowedHostnames().some((hostname) => hostnameRule(host)?.(hostname))

function warnOf(host: string): void {
  console.warn(
    `Portico: a server on ${host} without allowedHosts answers under any name, so a page that rebinds its own can call it. List the names that it is served under in allowedHosts.`,
  )
}
