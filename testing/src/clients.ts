import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const info = { name: 'client', version: '1' }

/** An official client, of either SDK. */
export type OfficialClient = Client1 | Client2

/** How each of them connects, with what headers. */
export const officialClients: Record<
  string,
  (url: string, headers?: HeadersInit) => Promise<OfficialClient>
> = {
  '1.x': async (url, headers) => {
    const client = new Client1(info)
    await client.connect(new Transport1(new URL(url), { requestInit: { headers } }))
    return client
  },
  '2.x, 2025 era': async (url, headers) => {
    const client = new Client2(info)
    await client.connect(new Transport2(new URL(url), { requestInit: { headers } }))
    return client
  },
  '2.x, 2026-07-28': connectModern,
}

/** Connects the client that can listen for changes. */
export async function connectModern(url: string, headers?: HeadersInit): Promise<Client2> {
  const client = new Client2(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
  await client.connect(new Transport2(new URL(url), { requestInit: { headers } }))
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
  return client instanceof Client1
    ? client.callTool(call, undefined, { onprogress })
    : client.callTool(call, { onprogress })
}

/** The text of a result that has one. */
export const textOf = (result: { content: { text: string }[] }): string => result.content[0]!.text
