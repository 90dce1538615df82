import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage, JSONRPCResultResponse, Tool } from '@modelcontextprotocol/sdk/types.js'

/** Called once per `tools/list`. Resolves to a function that says which tools the caller sees. */
export type ListingRule = () => Promise<(tool: string) => boolean>

const rulesByServer = new WeakMap<McpServer['server'], ListingRule[]>()

/** Removes tools that a rule hides from the results of `tools/list`, on every transport of the server. */
export function filterListing({ server }: McpServer, rule: ListingRule): void {
  const known = rulesByServer.get(server)
  if (known) {
    known.push(rule)
    return
  }
  const rules = [rule]
  rulesByServer.set(server, rules)
  const { connect } = server
  server.connect = (transport) => {
    filterOutgoing(transport, rules)
    return connect.call(server, transport)
  }
  if (server.transport) filterOutgoing(server.transport, rules)
}

function filterOutgoing(transport: Transport, rules: readonly ListingRule[]): void {
  const { send } = transport
  // Other messages are sent without a delay, as they would be without rules.
  transport.send = (message, options) =>
    readTools(message)
      ? filterMessage(message, rules).then((message) => send.call(transport, message, options))
      : send.call(transport, message, options)
}

function readTools(message: JSONRPCMessage): Tool[] | undefined {
  const { tools } = ('result' in message ? message.result : {}) as { tools?: Tool[] }
  return Array.isArray(tools) ? tools : undefined
}

async function filterMessage(
  message: JSONRPCMessage,
  rules: readonly ListingRule[],
): Promise<JSONRPCMessage> {
  const { result } = message as JSONRPCResultResponse
  const shows = await Promise.all(rules.map((rule) => rule()))
  const tools = readTools(message)?.filter((tool) => shows.every((show) => show(tool?.name)))
  return { ...message, result: { ...result, tools } } as JSONRPCMessage
}
