import { validateOptions } from '@portico-mcp/core/internal'
import { type AuthMetadataOptions, buildMetadata, resourceAt } from './metadata.ts'
import { RESOURCE_RULES } from './option-rules.ts'

const METHODS = 'GET, HEAD, OPTIONS'
const OPEN = { 'access-control-allow-origin': '*' }

/** The path of an authorization server's document (RFC 8414 §3). */
export const SERVER_PATH = '/.well-known/oauth-authorization-server'

/** Answers GET and HEAD with a public document, OPTIONS with leave to read it, anything else with 405. */
export function documentResponse(request: Request, document: object, status = 200): Response {
  const { method, headers } = request
  if (method === 'OPTIONS') {
    const asked = headers.get('access-control-request-headers')
    const allowed = { ...OPEN, 'access-control-allow-methods': METHODS, 'access-control-max-age': '86400' }
    const answer = new Response(null, { status: 204, headers: allowed })
    if (asked) answer.headers.set('access-control-allow-headers', asked)
    if (asked) answer.headers.set('vary', 'access-control-request-headers')
    return answer
  }
  if (method !== 'GET' && method !== 'HEAD') {
    const error = { error: 'method_not_allowed', error_description: `The method ${method} is not allowed` }
    return Response.json(error, { status: 405, headers: { ...OPEN, allow: METHODS } })
  }
  const caching = status === 200 ? 'public, max-age=3600' : 'no-store'
  const answer = Response.json(document, { status, headers: { ...OPEN, 'cache-control': caching } })
  return method === 'HEAD' ? new Response(null, answer) : answer
}

/**
 * Serves protected-resource metadata, at the path-inserted and at the root location (RFC 9728 §3.1), and
 * the authorization server's document for clients that look for it here (2025-03-26). The root document
 * describes the endpoint, too.
 *
 * @param request - Any request.
 * @param options - See {@link AuthMetadataOptions}.
 * @returns undefined for a request that asks for neither.
 * @throws TypeError for an issuer that is no https URL.
 */
export function oauthMetadataResponse(request: Request, options: AuthMetadataOptions): Response | undefined {
  validateOptions('oauthMetadataResponse', options, RESOURCE_RULES)
  const { pathname } = new URL(request.url)
  const resource = resourceAt(pathname, options)
  if (resource) return documentResponse(request, buildMetadata(resource))
  if (pathname.replace(/\/$/, '') !== SERVER_PATH) return undefined
  buildMetadata(options)
  return documentResponse(request, options.oauthMetadata)
}
