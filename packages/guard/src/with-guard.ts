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
  /** The pages that may call. @defaultValue `localhostAllowedOrigins()` */
  allowedOrigins?: AllowedOrigins | undefined
  /** Where clients find the server: its host is served and its own pages may call, besides what is listed. */
  publicUrl?: string | URL | undefined
  /** Whose forwarded headers count. @defaultValue none are trusted */
  trustProxy?: TrustProxy | undefined
  /** Hears of refusals (`GuardRefusal`); what it throws is ignored. */
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
 * Lets through only what came under an allowed `Host`, from an allowed `Origin` or none, and within the
 * limits: what a browser needs to be kept from a server by (DNS rebinding, cross-site requests). Unless
 * told otherwise, only this machine is served.
 *
 * With `trustProxy`, the handler behind sees the URL that the client asked for, and its address as
 * `clientAddress`.
 *
 * What is refused is answered in JSON-RPC (-32600) without an id; `data.reason` is stable and
 * `data.option` names the option that would allow it: 403 for `Host` and `Origin`, 414 and 431 for
 * limits, 500 where a function of yours throws. MCP 2026-07-28, Streamable HTTP, security.
 *
 * @param handler - A Portico handler, or anything with its fetch shape; its other members stay.
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
    return handler.fetch(asAsked(request, client, requestOptions), seenFrom(client, requestOptions))
  })
}

function asAsked(request: Request, { host, scheme }: Client, options: McpHandlerRequestOptions): Request {
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

function seenFrom({ address }: Client, options: McpHandlerRequestOptions): McpHandlerRequestOptions {
  return address === options.clientAddress
    ? options
    : changeRequestOptions(options, { clientAddress: address })
}
