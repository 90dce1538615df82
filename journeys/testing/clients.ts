import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** How a client says who it is. */
export interface OpenOptions {
  authProvider?: OAuthClientProvider
  requestInit?: RequestInit
}

/** An official client that has not connected. */
export interface Opened {
  client: Client1
  connect(): Promise<void>
  /** Takes what the application was called back with. */
  finishAuth(callback: URLSearchParams): Promise<void>
}

export type Open = (url: URL, options: OpenOptions) => Opened

const info = { name: 'client', version: '1' }

const open1: Open = (url, options) => {
  const client = new Client1(info)
  const transport = new Transport1(url, { ...options, fetch: forgetfulFetch(options) })
  return {
    client,
    connect: () => client.connect(transport),
    finishAuth: (callback) => transport.finishAuth(callback.get('code')!),
  }
}

function open2(clientOptions?: ConstructorParameters<typeof Client2>[1]): Open {
  return (url, options) => {
    const client = new Client2(info, clientOptions)
    const transport = new Transport2(url, options as any)
    return {
      client: client as unknown as Client1,
      connect: () => client.connect(transport),
      finishAuth: (callback) => transport.finishAuth(callback),
    }
  }
}

/** The official clients, by revision. */
export const clients = {
  '1.x': open1,
  '2.x, 2025 era': open2(),
  '2.x, 2026-07-28': open2({ versionNegotiation: { mode: { pin: '2026-07-28' } } }),
}

/** The name of one of them. */
export type Kind = keyof typeof clients

// 1.x answers a step-up by refreshing, which never widens a token (RFC 6749 section 6)
function forgetfulFetch({ authProvider }: OpenOptions): typeof fetch {
  return async (...request) => {
    const response = await fetch(...request)
    if (response.status === 403) await authProvider?.invalidateCredentials?.('tokens')
    return response
  }
}
