import type { FetchHandler, Wrapped } from '@portico-mcp/core'
import { type Rules, validateOptions, wrap } from '@portico-mcp/core/internal'
import { type DocumentFetching, discoverer } from './discovery.ts'
import { buildMetadata, type ResourceOptions, resourceAt } from './metadata.ts'
import { documentResponse, SERVER_PATH } from './metadata-response.ts'
import { DOCUMENT_RULES, RESOURCE_RULES } from './option-rules.ts'
import { METADATA_PATH } from './resource-url.ts'

/** Options of {@link withResourceMetadata}: one endpoint. */
export interface ResourceMetadataOptions extends ResourceOptions, DocumentFetching {}

const RULES: Rules<keyof ResourceMetadataOptions> = { ...RESOURCE_RULES, ...DOCUMENT_RULES }

/**
 * Serves protected-resource metadata (RFC 9728) in front of a handler, for every endpoint of an origin,
 * and a mirror of the first authorization server's document, fetched when it is asked for (502 where it
 * cannot be), unless that server is on the same origin and answers for itself. Everything else goes to the
 * handler. It stands outside `withAuth`: documents are public.
 *
 * @param handler - A Portico handler, or anything that wraps one; its own members are kept, those of a class are not.
 * @param options - One endpoint, or several: each has its own document, the root location is the first's.
 * @throws TypeError without an authorization server, or for an issuer that is no https URL.
 *
 * @example
 * ```ts
 * import { withResourceMetadata } from '@portico-mcp/auth'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 *
 * const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * export default withResourceMetadata(notes, {
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
 * The documents of {@link withResourceMetadata}, for routes of your own and middleware of a framework.
 *
 * @param options - One endpoint, or several: each has its own document, the root location is the first's.
 * @returns A function that resolves to a document, or to `undefined` for a request that asks for none.
 * @throws TypeError without an authorization server, or for an issuer that is no https URL.
 */
export function createMetadataHandler(
  options: ResourceMetadataOptions | readonly ResourceMetadataOptions[],
): (request: Request) => Promise<Response | undefined> {
  const endpoints = [options].flat() as ResourceMetadataOptions[]
  for (const endpoint of endpoints) validateOptions('withResourceMetadata', endpoint, RULES)
  const documents = endpoints.map(buildMetadata)
  const [first] = endpoints
  const issuer = documents[0]?.authorization_servers[0]
  if (!first || !issuer)
    throw new TypeError('withResourceMetadata: options must name one endpoint or more (got [])')
  const answersForItself = !first.oauthMetadata && isSameOrigin(issuer, first.resourceServerUrl)
  const mirror = first.oauthMetadata ? async () => first.oauthMetadata! : discoverer(issuer, first)

  async function mirrored(request: Request): Promise<Response> {
    try {
      return documentResponse(request, await mirror())
    } catch {
      const error = { error: 'server_error', error_description: 'The authorization server is not reachable' }
      return documentResponse(request, error, 502)
    }
  }

  return async (request) => {
    const url = new URL(request.url)
    if (!url.pathname.startsWith('/.well-known/')) return undefined
    const found = find(url, endpoints)
    if (found) return documentResponse(request, buildMetadata(found))
    const isMirror = url.pathname.replace(/\/$/, '') === SERVER_PATH && !answersForItself
    return isMirror ? mirrored(request) : undefined
  }
}

const isSameOrigin = (one: string | URL, other: string | URL): boolean =>
  new URL(one).origin === new URL(other).origin

// an endpoint that is the origin before others at the root, and this origin before others
function find({ origin, pathname }: URL, endpoints: ResourceMetadataOptions[]): ResourceOptions | undefined {
  const found = endpoints.flatMap((endpoint) => {
    const resource = resourceAt(pathname, endpoint)
    if (!resource) return []
    const url = new URL(endpoint.resourceServerUrl)
    const isRoot = pathname.replace(/\/$/, '') === METADATA_PATH && url.pathname !== '/'
    return [{ resource, rank: Number(isRoot) + 2 * Number(url.origin !== origin) }]
  })
  return found.sort((a, b) => a.rank - b.rank)[0]?.resource
}
