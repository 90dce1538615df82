import type {
  InitializeResult,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpHandlerRequestOptions, McpRequestContext } from '@portico-mcp/core'
import {
  decideMode,
  jsonResponse,
  openEventStream,
  readAcceptable,
  sanitizeError,
} from '@portico-mcp/core/internal'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import { wrapStoreErrors } from '../refusals.ts'
import { getHolder } from '../store/holder.ts'
import type { ChangingList, InitializeParams, SessionState } from '../store/session-state.ts'
import { connectServer } from './connected-server.ts'

const LISTS: readonly ChangingList[] = ['tools', 'prompts', 'resources']

/** Serves `initialize`: opens a session if the server accepts the request. A rejected request leaves nothing behind. */
export async function initialize(
  node: ClusterNode,
  request: Request,
  options: McpHandlerRequestOptions,
  message: JSONRPCRequest,
  context: McpRequestContext,
  extra: MessageExtraInfo,
): Promise<Response> {
  const mode = decideMode(
    readAcceptable(request),
    node.handlerContext.settings.responseMode,
    options.streaming,
  )
  const answer = (response: JSONRPCResponse, headers: Record<string, string> = {}): Response =>
    mode === 'sse'
      ? createStreamResponse(node, response, headers)
      : jsonResponse(response, 200, { ...options, headers })
  const owner = node.getOwner(options, request)
  const holder = getHolder(owner, options)
  node.localSessions.makeRoom(holder)
  const connected = await connectServer(node, context)
  try {
    const response = await connected.transport.call(message, extra)
    if ('error' in response) {
      await connected.close()
      return answer(sanitizeError(response, message, node.handlerContext))
    }
    const result = withoutUnsupported(response.result as InitializeResult, node.repository.isMutable)
    const origin = { holder, url: request.url, server: String(result.serverInfo?.name) }
    const loaded = await wrapStoreErrors(node.repository.create(createState(message, result, owner), origin))
    try {
      const session = await node.localSessions.open(loaded, holder)
      session.adopt(connected)
    } catch (error) {
      await node.repository.remove(loaded).catch(node.handlerContext.report)
      throw error
    }
    return answer(
      { ...response, result: node.handlerContext.extensions.addCapabilities(result) },
      { 'mcp-session-id': loaded.sessionId },
    )
  } catch (error) {
    await connected.close()
    throw error
  }
}

// A session in its id cannot store subscriptions, so the capability is removed.
function withoutUnsupported(result: InitializeResult, mutable: boolean): InitializeResult {
  const { resources } = result.capabilities
  if (mutable || !resources?.subscribe) return result
  const { subscribe: _, ...rest } = resources
  return { ...result, capabilities: { ...result.capabilities, resources: rest } }
}

function createState(
  { params }: JSONRPCRequest,
  { protocolVersion, capabilities }: InitializeResult,
  owner: string,
): SessionState {
  const { _meta, ...initialize } = params ?? {}
  return {
    initialize: initialize as unknown as InitializeParams,
    protocolVersion,
    owner,
    announcedLists: LISTS.filter((list) => capabilities[list]?.listChanged),
    supportsSubscriptions: capabilities.resources?.subscribe === true,
  }
}

function createStreamResponse(
  { keepAlive }: ClusterNode,
  response: JSONRPCResponse,
  headers: Record<string, string>,
): Response {
  const events = openEventStream(keepAlive, () => {})
  for (const [name, value] of Object.entries(headers)) events.response.headers.set(name, value)
  events.write(response)
  events.end()
  return events.response
}
