import { type OriginCheck, type OriginPredicate, originCheck, originRule, parseOrigin } from './origin.ts'
import { GuardRefusal, quote, refusalResponse } from './refusal.ts'
import { refusedBy } from './user-function.ts'

/** The hostnames of pages that this machine serves: `localhost`, `127.0.0.1` and `[::1]`, on any port. */
export function localhostAllowedOrigins(): string[] {
  return ['localhost', '127.0.0.1', '[::1]']
}

/** Why the page that a request comes from may not call, if so. */
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
 * Refuses a request from a page whose `Origin` is not allowed. A request without the header (or with an
 * empty one) passes, since clients other than browsers send none; `null` passes only where it is listed.
 *
 * @param allowedOrigins - See {@link AllowedOrigin}. An entry that is none of those matches nothing.
 * @returns 403 with a JSON-RPC error (-32600, no id; `data.reason` is `origin-not-allowed` or
 * `origin-malformed`), or `undefined` where the request may go on. MCP 2026-07-28, Streamable HTTP,
 * security; RFC 6454 section 7.
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
