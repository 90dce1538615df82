import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { callTool, type OfficialClient, officialClients } from '@portico-example/testing/examples'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { listen } from './api.ts'

/** The SDK's own server class, and Portico's. */
export const serverClasses: [string, typeof SdkMcpServer][] = [
  ['the SDK', SdkMcpServer],
  ['Portico', McpServer],
]

/** Every server class with every client. */
export const pairs: [string, string][] = serverClasses.flatMap(([server]) =>
  Object.keys(officialClients).map((client): [string, string] => [server, client]),
)

/** A handler of one of the server classes. */
export function handlerOf(name: string, register: (server: SdkMcpServer) => unknown): FetchHandler {
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

/** What a test needs of a client of either SDK. */
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

/** The text of a result's first content. */
export const textOf = (result: { content: { text?: string }[] }): string => result.content[0]?.text ?? ''
