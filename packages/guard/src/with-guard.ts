import type { FetchHandler, McpHandlerRequestOptions, Wrapped } from '@portico-mcp/core'
import {
  changeRequestOptions,
  keepSignal,
  optionRules,
  type Rules,
  validateOptions,
  wrap,
} from '@portico-mcp/core/internal'
import { type AllowedHost, hostCheck, localhostAllowedHostnames, refuseHost } from './host.ts'
import { LIMIT_RULES, type RequestLimits, readLimits, refuseSize } from './limits.ts'
import { allowedHosts, allowedOrigins, httpUrl, trustProxy } from './option-rules.ts'
import { type AllowedOrigins, originCheck } from './origin.ts'
import { localhostAllowedOrigins, refuseOrigin } from './origin-validation.ts'
import { type Client, clientFinder, type TrustProxy } from './proxy.ts'
import { GuardRefusal, refusalResponse, report } from './refusal.ts'
import { refusedBy } from './user-function.ts'

/** Options of {@link withGuard}. */
export interface GuardOptions extends RequestLimits {
  /** The hostnames that are served. @defaultValue `localhostAllowedHostnames()` */
  allowedHosts?: readonly AllowedHost[] | undefined
  /** The web pages that may call. @defaultValue `localhostAllowedOrigins()` */
  allowedOrigins?: AllowedOrigins | undefined
  /** The URL that clients use. Its host is served and its own pages may call, in addition to the lists. */
  publicUrl?: string | URL | undefined
  /** The proxies whose forwarded headers are trusted. @defaultValue none */
  trustProxy?: TrustProxy | undefined
  /** Called with each rejected request (`GuardRefusal`). What it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}

const RULES: Rules<keyof GuardOptions> = {
  ...LIMIT_RULES,
  allowedHosts,
  allowedOrigins,
  publicUrl: httpUrl,
  trustProxy,
  onerror: optionRules.callback,
}

/**
 * Wraps a handler so that it only gets requests with an allowed `Host`, from an allowed `Origin` or without one, and
 * within the limits. This protects against DNS rebinding and cross-site requests. By default, only requests to loopback
 * hosts are served.
 *
 * With `trustProxy`, the handler gets the URL that the client requested, and its address as `clientAddress`.
 *
 * A rejected request gets a JSON-RPC error (-32600) without an id: 403 for `Host` and `Origin`, 414 and 431 for limits,
 * 500 if a function in the options throws. `data.reason` is stable, and `data.option` names the option that would allow
 * the request. MCP 2026-07-28, Streamable HTTP, security.
 *
 * @param handler - A Portico handler, or any object with such a `fetch`. Its other members are kept.
 * @param options - See {@link GuardOptions}.
 * @throws TypeError or RangeError for an unknown option, a rule that could never match, or a limit out of range.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { withGuard } from '@portico-mcp/guard'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'public', version: '1.0.0' }))
 *
 * export default withGuard(handler, {
 *   allowedHosts: ['localhost', 'mcp.example.com'],
 *   allowedOrigins: ['https://app.example.com', 'moz-extension://*'],
 * })
 * ```
 */
export function withGuard<H extends FetchHandler>(handler: H, options: GuardOptions = {}): Wrapped<H> {
  validateOptions('withGuard', options, RULES)
  const { publicUrl, onerror } = options
  const own = publicUrl === undefined ? undefined : new URL(publicUrl)
  const isListedHost = hostCheck(options.allowedHosts ?? localhostAllowedHostnames())
  const isOwnHost = hostCheck(own ? [own.hostname] : [])
  const isListedOrigin = originCheck(options.allowedOrigins ?? localhostAllowedOrigins())
  const isOwnOrigin = originCheck(own ? [own.origin] : [])
  const limits = readLimits(options)
  const findClient = clientFinder(options.trustProxy)

  const refuse = (refusal: GuardRefusal): Response => {
    report(onerror, refusal)
    return refusalResponse(refusal)
  }

  return wrap(handler, (request, requestOptions) => {
    const tooLarge = refuseSize(request, limits)
    if (tooLarge) return refuse(tooLarge)
    const client = refusedBy(() => findClient(request, requestOptions.clientAddress))
    if (client instanceof GuardRefusal) return refuse(client)
    const foreign =
      refuseHost(request, (hostname) => isOwnHost(hostname) || isListedHost(hostname), client.host) ??
      refuseOrigin(request, (...asked) => isOwnOrigin(...asked) || isListedOrigin(...asked))
    if (foreign) return refuse(foreign)
    return handler.fetch(
      withRequestedUrl(request, client, requestOptions),
      withClientAddress(client, requestOptions),
    )
  })
}

function withRequestedUrl(
  request: Request,
  { host, scheme }: Client,
  options: McpHandlerRequestOptions,
): Request {
  if (host === undefined && scheme === undefined) return request
  const url = new URL(request.url)
  const asked = new URL(
    `${scheme ? `${scheme}:` : url.protocol}//${host ?? request.headers.get('host') ?? url.host}`,
  )
  if (asked.origin === url.origin) return request
  asked.pathname = url.pathname
  asked.search = url.search
  const { method, headers, signal } = request
  const init = options.parsedBody === undefined ? request : { method, headers, signal }
  return keepSignal(new Request(asked, init), signal)
}

function withClientAddress({ address }: Client, options: McpHandlerRequestOptions): McpHandlerRequestOptions {
  return address === options.clientAddress
    ? options
    : changeRequestOptions(options, { clientAddress: address })
}
