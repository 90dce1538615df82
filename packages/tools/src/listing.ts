import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage, RequestId, Tool } from '@modelcontextprotocol/sdk/types.js'

/** Decides for the caller of one `tools/list`, asked once, which tools it shows. */
export type ListingRule = () => Promise<(tool: string) => boolean>

const rulesOf = new WeakMap<McpServer['server'], ListingRule[]>()

/** Leaves out of `tools/list` what a rule does not show, whatever transport the server is connected to. */
export function filterListing({ server }: McpServer, rule: ListingRule): void {
  const known = rulesOf.get(server)
  if (known) {
    known.push(rule)
    return
  }
  const rules = [rule]
  rulesOf.set(server, rules)
  const { connect } = server
  server.connect = (transport) => {
    filterOutgoing(transport, rules)
    return connect.call(server, transport)
  }
  if (server.transport) filterOutgoing(server.transport, rules)
}

function filterOutgoing(transport: Transport, rules: readonly ListingRule[]): void {
  const asked = new Set<RequestId>()
  const { onmessage, send } = transport
  // a server calls what it finds here before its own
  transport.onmessage = (message, extra) => {
    if ('method' in message && message.method === 'tools/list' && 'id' in message) asked.add(message.id)
    onmessage?.call(transport, message, extra)
  }
  transport.send = (message, options) => {
    const isList = 'id' in message && !('method' in message) && asked.delete(message.id as RequestId)
    if (!isList || !('result' in message)) return send.call(transport, message, options)
    return filtered(message, rules).then((message) => send.call(transport, message, options))
  }
}

async function filtered(message: JSONRPCMessage, rules: readonly ListingRule[]): Promise<JSONRPCMessage> {
  const { result } = message as { result: { tools?: Tool[] } }
  if (!Array.isArray(result.tools)) return message
  const shows = await Promise.all(rules.map((rule) => rule()))
  const tools = result.tools.filter(({ name }) => shows.every((show) => show(name)))
  return { ...message, result: { ...result, tools } } as JSONRPCMessage
}
