import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** A client of either SDK. */
export type OfficialClient = Client | ModernClient

/** Who calls, as far as headers say it. */
export type Caller = Record<string, string>

const clientInfo = { name: 'example-test', version: '1.0.0' }

/** Connects the official clients, by what they are. */
export const clients: Record<string, (url: string, caller?: Caller) => Promise<OfficialClient>> = {
  'a client of the 1.x SDK': async (url, headers = {}) => {
    const client = new Client(clientInfo)
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
    return client
  },
  'a 2025-era client of the 2.x SDK': (url, caller) => connectModern('legacy', url, caller),
  'a 2026-07-28 client of the 2.x SDK': (url, caller) => connectModern({ pin: '2026-07-28' }, url, caller),
}

/** Connects the 2.x client in one of its modes. */
export async function connectModern(
  mode: 'legacy' | { pin: string },
  url: string,
  headers: Caller = {},
): Promise<ModernClient> {
  const client = new ModernClient(clientInfo, { versionNegotiation: { mode } })
  await client.connect(new ModernTransport(new URL(url), { requestInit: { headers } }))
  return client
}

/** Calls a tool with a client of either SDK, which differ in where the options stand. */
export function callTool(
  client: OfficialClient,
  name: string,
  args: Record<string, unknown> = {},
  onprogress?: (progress: { progress: number }) => void,
): Promise<any> {
  const call = { name, arguments: args }
  return client instanceof Client
    ? client.callTool(call, undefined, { onprogress })
    : client.callTool(call, { onprogress })
}

/** The text of a result that has one. */
export const textOf = (result: { content: { text: string }[] }): string => result.content[0]!.text
