import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage, JSONRPCResultResponse, Tool } from '@modelcontextprotocol/sdk/types.js'

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
  const { send } = transport
  // a refusal has to leave at once, as it would without rules
  transport.send = (message, options) =>
    toolsOf(message)
      ? filtered(message, rules).then((message) => send.call(transport, message, options))
      : send.call(transport, message, options)
}

function toolsOf(message: JSONRPCMessage): Tool[] | undefined {
  const { tools } = ('result' in message ? message.result : {}) as { tools?: Tool[] }
  return Array.isArray(tools) ? tools : undefined
}

async function filtered(message: JSONRPCMessage, rules: readonly ListingRule[]): Promise<JSONRPCMessage> {
  const { result } = message as JSONRPCResultResponse
  const shows = await Promise.all(rules.map((rule) => rule()))
  const tools = toolsOf(message)?.filter((tool) => shows.every((show) => show(tool?.name)))
  return { ...message, result: { ...result, tools } } as JSONRPCMessage
}
