import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const info = { name: 'client', version: '1' }

/** The official clients, as far as they are alike. */
export type OfficialClient = Pick<Client1, 'listTools' | 'callTool' | 'close'>

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
    return client as unknown as OfficialClient
  },
  '2.x, 2026-07-28': async (url, headers) => {
    const client = new Client2(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
    await client.connect(new Transport2(new URL(url), { requestInit: { headers } }))
    return client as unknown as OfficialClient
  },
}
