import type { FetchHandler, Wrapped } from '@portico-mcp/core'
import { type Rules, validateOptions, wrap } from '@portico-mcp/core/internal'
import { createDiscovery, type DocumentFetching } from './discovery.ts'
import { buildMetadata, findResource } from './metadata.ts'
import { buildDocumentResponse, SERVER_PATH } from './metadata-response.ts'
import { DOCUMENT_RULES, RESOURCE_RULES } from './option-rules.ts'
import type { ResourceOptions } from './resource-options.ts'
import { METADATA_PATH } from './resource-url.ts'

/** Options of {@link withResourceMetadata}: one endpoint. */
export interface ResourceMetadataOptions extends ResourceOptions, DocumentFetching {}

const CALLER = 'withResourceMetadata'

const RULES: Rules<keyof ResourceMetadataOptions> = { ...RESOURCE_RULES, ...DOCUMENT_RULES }

/**
 * Serves protected-resource metadata (RFC 9728) in front of a handler, for one or more endpoints of an origin. It also
 * serves a copy of the first authorization server's metadata, which is fetched on request (502 if it is not reachable),
 * unless that server is on the same origin and serves it itself. All other requests go to the handler.
 *
 * The documents are public, so put this outside of `withAuth`.
 *
 * @param handler - A Portico handler, or a wrapped one. Its own members are kept, members of a class are not.
 * @param options - One endpoint, or a list. Each endpoint has its own document; the root location describes the first.
 * @throws TypeError if there is no authorization server, if an issuer is not an https URL, or if an option is unknown or
 *   of the wrong type.
 *
 * @example
 * ```ts
 * import { withResourceMetadata } from '@portico-mcp/auth'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'search', version: '2.1.0' }))
 *
 * export default withResourceMetadata(handler, {
 *   resourceServerUrl: 'https://mcp.example.com/mcp',
 *   authorizationServers: ['https://auth.example.com'],
 *   scopesSupported: ['notes:read'],
 * })
 * ```
 */
export function withResourceMetadata<H extends FetchHandler>(
  handler: H,
  options: ResourceMetadataOptions | readonly ResourceMetadataOptions[],
): Wrapped<H> {
  const metadata = createMetadataHandler(options)
  return wrap(handler, async (request, given) => (await metadata(request)) ?? handler.fetch(request, given))
}

/**
 * Creates the function that serves the documents of {@link withResourceMetadata}, for routes of your own and for
 * middleware of a framework.
 *
 * @param options - See {@link withResourceMetadata}.
 * @returns A function that resolves to a document, or to `undefined` if the request is for another path.
 * @throws TypeError if an option is unknown or of the wrong type, if there is no authorization server, or if an issuer is
 *   not an https URL.
 */
export function createMetadataHandler(
  options: ResourceMetadataOptions | readonly ResourceMetadataOptions[],
): (request: Request) => Promise<Response | undefined> {
  const endpoints = [options].flat() as ResourceMetadataOptions[]
  for (const endpoint of endpoints) validateOptions(CALLER, endpoint, RULES)
  const documents = endpoints.map((endpoint) => buildMetadata(CALLER, endpoint))
  const [first] = endpoints
  const issuer = documents[0]?.authorization_servers[0]
  if (!first || !issuer) throw new TypeError(`${CALLER}: options must name one endpoint or more (got [])`)
  const isServerOnOrigin = !first.oauthMetadata && isSameOrigin(issuer, first.resourceServerUrl)
  const readServerMetadata = first.oauthMetadata
    ? async () => first.oauthMetadata!
    : createDiscovery(issuer, first)

  async function answerWithCopy(request: Request): Promise<Response> {
    try {
      return buildDocumentResponse(request, await readServerMetadata())
    } catch {
      const error = { error: 'server_error', error_description: 'The authorization server is not reachable' }
      return buildDocumentResponse(request, error, 502)
    }
  }

  return async (request) => {
    const url = new URL(request.url)
    if (!url.pathname.startsWith('/.well-known/')) return undefined
    const resource = findEndpoint(url, endpoints)
    if (resource) return buildDocumentResponse(request, buildMetadata(CALLER, resource))
    const isCopy = url.pathname.replace(/\/$/, '') === SERVER_PATH && !isServerOnOrigin
    return isCopy ? answerWithCopy(request) : undefined
  }
}

const isSameOrigin = (one: string | URL, other: string | URL): boolean =>
  new URL(one).origin === new URL(other).origin

/**
 * Finds the endpoint that a URL stands for. Endpoints of the requested origin come first. Among several endpoints at the
 * root location, the one whose URL is the origin itself comes first.
 */
function findEndpoint(
  { origin, pathname }: URL,
  endpoints: ResourceMetadataOptions[],
): ResourceOptions | undefined {
  const found = endpoints.flatMap((endpoint) => {
    const resource = findResource(pathname, endpoint)
    if (!resource) return []
    const url = new URL(endpoint.resourceServerUrl)
    const isRoot = pathname.replace(/\/$/, '') === METADATA_PATH && url.pathname !== '/'
    return [{ resource, rank: Number(isRoot) + 2 * Number(url.origin !== origin) }]
  })
  return found.sort((a, b) => a.rank - b.rank)[0]?.resource
}
