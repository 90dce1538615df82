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
import { reached } from '../refusals.ts'
import { holderOf } from '../store/holder.ts'
import type { ChangingList, InitializeParams, SessionState } from '../store/session-state.ts'
import { connectServer } from './connected-server.ts'

const LISTS: readonly ChangingList[] = ['tools', 'prompts', 'resources']

/** Opens a session, if the server agrees; what is refused leaves nothing behind. */
export async function initialize(
  node: ClusterNode,
  request: Request,
  options: McpHandlerRequestOptions,
  message: JSONRPCRequest,
  context: McpRequestContext,
  extra: MessageExtraInfo,
): Promise<Response> {
  const mode = decideMode(readAcceptable(request), node.host.settings.responseMode, options.streaming)
  const answer = (response: JSONRPCResponse, headers: Record<string, string> = {}): Response =>
    mode === 'sse' ? streamed(node, response, headers) : jsonResponse(response, 200, { ...options, headers })
  const owner = node.ownerOf(options, request)
  const holder = holderOf(owner, options)
  node.live.makeRoom(holder)
  const connected = await connectServer(node, context)
  try {
    const response = await connected.transport.call(message, extra)
    if ('error' in response) {
      await connected.close()
      return answer(sanitizeError(response, message, node.host))
    }
    const result = offered(response.result as InitializeResult, node.records.mutable)
    const opening = { holder, url: request.url, server: String(result.serverInfo?.name) }
    const found = await reached(node.records.create(stateOf(message, result, owner), opening))
    try {
      const session = await node.live.open(found, holder)
      session.adopt(connected)
    } catch (error) {
      await node.records.remove(found).catch(node.host.report)
      throw error
    }
    return answer({ ...response, result }, { 'mcp-session-id': found.sessionId })
  } catch (error) {
    await connected.close()
    throw error
  }
}

// what a session cannot keep is not offered
function offered(result: InitializeResult, mutable: boolean): InitializeResult {
  const { resources } = result.capabilities
  if (mutable || !resources?.subscribe) return result
  const { subscribe: _, ...rest } = resources
  return { ...result, capabilities: { ...result.capabilities, resources: rest } }
}

function stateOf(
  { params }: JSONRPCRequest,
  { protocolVersion, capabilities }: InitializeResult,
  owner: string,
): SessionState {
  const { _meta, ...initialize } = params ?? {}
  return {
    initialize: initialize as unknown as InitializeParams,
    protocolVersion,
    owner,
    announces: LISTS.filter((list) => capabilities[list]?.listChanged),
    subscribable: capabilities.resources?.subscribe === true,
  }
}

function streamed(
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
