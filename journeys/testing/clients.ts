import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** An official client that has not connected. */
export interface Opened {
  client: Client1
  connect(): Promise<void>
  /** Takes what the application was called back with. */
  finishAuth(callback: URLSearchParams): Promise<void>
}

export type Open = (url: URL, authProvider: OAuthClientProvider) => Opened

const info = { name: 'client', version: '1' }

function open2(options?: ConstructorParameters<typeof Client2>[1]): Open {
  return (url, authProvider: any) => {
    const client = new Client2(info, options)
    const transport = new Transport2(url, { authProvider })
    return {
      client: client as unknown as Client1,
      connect: () => client.connect(transport),
      finishAuth: (callback) => transport.finishAuth(callback),
    }
  }
}

/** The official clients, by revision. */
export const clients: Record<string, Open> = {
  '1.x': (url, authProvider) => {
    const client = new Client1(info)
    const transport = new Transport1(url, { authProvider, fetch: forgetfulFetch(authProvider) })
    return {
      client,
      connect: () => client.connect(transport),
      finishAuth: (callback) => transport.finishAuth(callback.get('code')!),
    }
  },
  '2.x, 2025 era': open2(),
  '2.x, 2026-07-28': open2({ versionNegotiation: { mode: { pin: '2026-07-28' } } }),
}

// 1.x answers a step-up by refreshing, which never widens a token (RFC 6749 section 6)
function forgetfulFetch(authProvider: OAuthClientProvider): typeof fetch {
  return async (...request) => {
    const response = await fetch(...request)
    if (response.status === 403) await authProvider.invalidateCredentials?.('tokens')
    return response
  }
}
