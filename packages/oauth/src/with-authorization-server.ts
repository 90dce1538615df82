import type { FetchHandler, Wrapped } from '@portico-mcp/core'
import { wrap } from '@portico-mcp/core/internal'
import type { OAuthServer } from './oauth-server.ts'

/**
 * Puts an authorization server in front of a handler. The server answers requests for its own paths, the handler all
 * others.
 *
 * @param handler - A Portico handler, or a wrapped one. Its other members are kept.
 * @param server - The authorization server.
 */
export const withAuthorizationServer = <H extends FetchHandler>(
  handler: H,
  server: Pick<OAuthServer, 'fetch' | 'owns'>,
): Wrapped<H> =>
  wrap(handler, async (request, given) =>
    server.owns(request) ? server.fetch(request, given) : handler.fetch(request, given),
  )
