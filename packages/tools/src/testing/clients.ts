import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { listen } from './api.ts'

/** What a test needs of a client of either SDK. */
export interface TestClient {
  listTools(): Promise<{ tools: { name: string; [member: string]: any }[] }>
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<any>
}

type Headers = Record<string, string>

const clientInfo = { name: 'test', version: '1.0.0' }

/** The official clients, by the era that they speak. */
export const clients: Record<string, (url: string, headers?: Headers) => Promise<TestClient>> = {
  '1.x': async (url, headers = {}) => {
    const client = new Client(clientInfo)
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
    return client
  },
  '2.x legacy': (url, headers) => connectModern('legacy', url, headers),
  '2.x modern': (url, headers) => connectModern({ pin: '2026-07-28' }, url, headers),
}

async function connectModern(
  mode: 'legacy' | { pin: string },
  url: string,
  headers: Headers = {},
): Promise<TestClient> {
  const client = new ModernClient(clientInfo, { versionNegotiation: { mode } })
  await client.connect(new ModernTransport(new URL(url), { requestInit: { headers } }))
  return client
}

/** The SDK's own server class, and Portico's. */
export const serverClasses: [string, typeof SdkMcpServer][] = [
  ['the SDK', SdkMcpServer],
  ['Portico', McpServer],
]

/** Every server class with every client. */
export const pairs: [string, string][] = serverClasses.flatMap(([server]) =>
  Object.keys(clients).map((client): [string, string] => [server, client]),
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

/** Serves a handler on loopback, and connects a client to it. */
export async function connect(handler: FetchHandler, client: string, headers?: Headers): Promise<TestClient> {
  const origin = await listen(toNodeHandler(handler))
  return clients[client]!(`${origin}/mcp`, headers)
}

/** The text of a result's first content. */
export const textOf = (result: { content: { text?: string }[] }): string => result.content[0]?.text ?? ''
