import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { callTool, type OfficialClient, officialClients } from '@portico-example/testing/examples'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { listen } from './api.ts'

/** The server classes: the SDK's and Portico's. */
export const serverClasses: [string, typeof SdkMcpServer][] = [
  ['the SDK', SdkMcpServer],
  ['Portico', McpServer],
]

/** All combinations of a server class and a client. */
export const pairs: [string, string][] = serverClasses.flatMap(([server]) =>
  Object.keys(officialClients).map((client): [string, string] => [server, client]),
)

/** Creates a handler with one of the server classes. */
export function createToolHandler(name: string, register: (server: SdkMcpServer) => unknown): FetchHandler {
  const Class = serverClasses.find(([known]) => known === name)![1]
  return createMcpHandler(async () => {
    const server = new Class({ name: 'tested', version: '1.0.0' })
    await register(server)
    return server
  })
}

/** Serves a handler on loopback, and connects an official client to it. */
export async function connect(
  handler: FetchHandler,
  client: string,
  headers?: Record<string, string>,
): Promise<TestClient> {
  const origin = await listen(toNodeHandler(handler))
  return connectTo(`${origin}/mcp`, client, headers)
}

/** The methods that tests use, of the clients of both SDKs. */
export interface TestClient {
  listTools(): Promise<{ tools: { name: string; [member: string]: any }[] }>
  callTool(name: string, args?: Record<string, unknown>): Promise<any>
}

/** Connects an official client. */
export async function connectTo(
  url: string,
  name: string,
  headers?: Record<string, string>,
): Promise<TestClient> {
  const client: OfficialClient = await officialClients[name]!(url, headers)
  return { listTools: () => client.listTools(), callTool: (name, args) => callTool(client, name, args) }
}

/** Reads the text of the first content of a result. */
export const readText = (result: { content: { text?: string }[] }): string => result.content[0]?.text ?? ''
