import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { invalidRequest, SUPPORTED_PROTOCOL_VERSIONS } from '@portico-mcp/core/internal'
import type { ClusterNode } from './cluster/cluster-node.ts'
import { sessionNotFound, sessionRequired, wrapStoreErrors } from './refusals.ts'
import type { Session } from './session.ts'
import { getHolder } from './store/holder.ts'
import { hasVersionHeader, type SessionState } from './store/session-state.ts'

/**
 * Serves a request in the session that its `Mcp-Session-Id` header names. The session counts as busy until `serve`
 * has settled.
 *
 * @throws Refusal 400 without a session id, 404 if the session is unknown, has ended or belongs to another caller,
 *   503 if the stores cannot be reached.
 */
export async function serveInSession(
  node: ClusterNode,
  request: Request,
  options: McpHandlerRequestOptions,
  serve: (session: Session) => Promise<Response>,
): Promise<Response> {
  const sessionId = request.headers.get('mcp-session-id')
  if (!sessionId) throw sessionRequired()
  const askedAt = performance.now()
  const loaded = await wrapStoreErrors(node.repository.find(sessionId, request.url))
  const owner = node.getOwner(options, request)
  if (!loaded || loaded.state.owner !== owner) throw sessionNotFound()
  checkVersion(request.headers, loaded.state, node.settings.requireProtocolVersion)
  const session = await node.localSessions.enter(loaded, getHolder(owner, options))
  try {
    session.record.refresh(loaded.state, askedAt)
    await node.localSessions.touch(session)
    session.checkOpen()
    return await serve(session)
  } finally {
    session.activeRequests -= 1
  }
}

// Revisions before 2025-06-18 have no MCP-Protocol-Version header.
function checkVersion(headers: Headers, state: SessionState, required: boolean): void {
  if (!hasVersionHeader(state)) return
  const version = headers.get('mcp-protocol-version')
  if (version === null && required) throw invalidRequest('MCP-Protocol-Version is required')
  if (version === null || SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return
  const served = SUPPORTED_PROTOCOL_VERSIONS.join(', ')
  throw invalidRequest(`Unsupported protocol version: ${version} (served: ${served})`)
}
