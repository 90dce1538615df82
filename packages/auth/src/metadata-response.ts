import { validateOptions } from '@portico-mcp/core/internal'
import { buildMetadata, findResource } from './metadata.ts'
import { RESOURCE_RULES } from './option-rules.ts'
import type { AuthMetadataOptions } from './resource-options.ts'

const METHODS = 'GET, HEAD, OPTIONS'
const ANY_ORIGIN = { 'access-control-allow-origin': '*' }

/** The well-known path of an authorization server's metadata (RFC 8414 §3). */
export const SERVER_PATH = '/.well-known/oauth-authorization-server'

/**
 * Answers GET and HEAD with a public document, OPTIONS with the permission to read it from any origin, and other methods
 * with 405.
 *
 * @param status - The status for GET and HEAD. Only 200 is cached. @defaultValue 200
 */
export function buildDocumentResponse(request: Request, document: object, status = 200): Response {
  const { method, headers } = request
  if (method === 'OPTIONS') return buildPreflightResponse(headers.get('access-control-request-headers'))
  if (method !== 'GET' && method !== 'HEAD') {
    const error = { error: 'method_not_allowed', error_description: `The method ${method} is not allowed` }
    return Response.json(error, { status: 405, headers: { ...ANY_ORIGIN, allow: METHODS } })
  }
  const caching = status === 200 ? 'public, max-age=3600' : 'no-store'
  const response = Response.json(document, { status, headers: { ...ANY_ORIGIN, 'cache-control': caching } })
  return method === 'HEAD' ? new Response(null, response) : response
}

function buildPreflightResponse(requestedHeaders: string | null): Response {
  const headers = new Headers({
    ...ANY_ORIGIN,
    'access-control-allow-methods': METHODS,
    'access-control-max-age': '86400',
  })
  if (requestedHeaders) {
    headers.set('access-control-allow-headers', requestedHeaders)
    headers.set('vary', 'access-control-request-headers')
  }
  return new Response(null, { status: 204, headers })
}

/**
 * Serves protected-resource metadata at the path-inserted and the root location (RFC 9728 §3.1), and the metadata of the
 * authorization server for clients that look for it on this origin (2025-03-26). The document at the root describes the
 * endpoint too.
 *
 * @param request - Any request.
 * @param options - See `AuthMetadataOptions`.
 * @returns undefined if the request is for another path.
 * @throws TypeError if an option is unknown or of the wrong type, or if an issuer is not an https URL.
 */
export function oauthMetadataResponse(request: Request, options: AuthMetadataOptions): Response | undefined {
  validateOptions('oauthMetadataResponse', options, RESOURCE_RULES)
  const { pathname } = new URL(request.url)
  const resource = findResource(pathname, options)
  if (resource) return buildDocumentResponse(request, buildMetadata('oauthMetadataResponse', resource))
  if (pathname.replace(/\/$/, '') !== SERVER_PATH) return undefined
  buildMetadata('oauthMetadataResponse', options)
  return buildDocumentResponse(request, options.oauthMetadata)
}
