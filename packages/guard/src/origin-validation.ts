import { type OriginCheck, type OriginPredicate, originCheck, originRule, parseOrigin } from './origin.ts'
import { GuardRefusal, quote, refusalResponse } from './refusal.ts'
import { refusedBy } from './user-function.ts'

/** Returns the loopback hostnames of web pages: `localhost`, `127.0.0.1` and `[::1]`, on any port. */
export function localhostAllowedOrigins(): string[] {
  return ['localhost', '127.0.0.1', '[::1]']
}

/** Returns a refusal if the web page that sent a request may not call. */
export function refuseOrigin(request: Request, isAllowed: OriginCheck): GuardRefusal | undefined {
  const value = request.headers.get('origin')
  if (!value) return undefined
  const origin = parseOrigin(value)
  if (origin === undefined) return new GuardRefusal('origin-malformed', 'The Origin header is no one origin')
  const allowed = refusedBy(() => isAllowed(origin, request))
  if (allowed instanceof GuardRefusal) return allowed
  if (allowed) return undefined
  return new GuardRefusal(
    'origin-not-allowed',
    `The origin ${quote(origin.text)} may not call; allowedOrigins would allow it`,
    { option: 'allowedOrigins' },
  )
}

/**
 * Rejects a request from a web page whose `Origin` is not allowed. A request without the header, or with an empty one, is
 * allowed, since clients other than browsers send none. `null` is allowed only if it is listed.
 *
 * @param allowedOrigins - See {@link AllowedOrigin}. Any other entry matches nothing.
 * @returns A 403 response with a JSON-RPC error (-32600, no id; `data.reason` is `origin-not-allowed` or
 *   `origin-malformed`), or `undefined` if the request is allowed. MCP 2026-07-28, Streamable HTTP, security; RFC 6454
 *   section 7.
 *
 * @example
 * ```ts
 * import { localhostAllowedOrigins, originValidationResponse } from '@portico-mcp/guard'
 *
 * export const refuse = (request: Request): Response | undefined =>
 *   originValidationResponse(request, localhostAllowedOrigins())
 * ```
 */
export function originValidationResponse(
  request: Request,
  allowedOrigins: readonly string[] | OriginPredicate,
): Response | undefined {
  const usable =
    typeof allowedOrigins === 'function'
      ? allowedOrigins
      : allowedOrigins.filter((rule) => originRule(rule) !== undefined)
  const refusal = refuseOrigin(request, originCheck(usable))
  return refusal && refusalResponse(refusal)
}
