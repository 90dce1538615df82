import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Client,
  type OAuthClientInformation,
  type OAuthClientProvider,
  type OAuthTokens,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'

/**
 * Connects the official client: it comes without a token, registers, has its user sign in, and calls a tool.
 *
 * @param show - Told where the user has to go with a browser.
 * @returns What the tool said.
 */
export async function useDiary(url: URL, show: (signInUrl: URL) => void): Promise<string> {
  const { redirectUrl, callback, close } = await listenForCallback()
  const authProvider = createProvider(redirectUrl, show)
  try {
    const stranger = new StreamableHTTPClientTransport(url, { authProvider })
    // the 401 that begins it
    await createClient()
      .connect(stranger)
      .catch(() => {})
    await stranger.finishAuth(await callback)
    const client = createClient()
    await client.connect(new StreamableHTTPClientTransport(url, { authProvider }))
    const { content } = await client.callTool({ name: 'whoami' })
    await client.close()
    const [first] = content as { text: string }[]
    return first?.text ?? ''
  } finally {
    close()
  }
}

const createClient = (): Client => new Client({ name: 'diary-client', version: '1.0.0' })

function createProvider(redirectUrl: string, show: (url: URL) => void): OAuthClientProvider {
  let client: OAuthClientInformation | undefined
  let tokens: OAuthTokens | undefined
  let verifier = ''
  return {
    redirectUrl,
    clientMetadata: {
      client_name: 'Diary client',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => client,
    saveClientInformation: (information) => {
      client = information
    },
    tokens: () => tokens,
    saveTokens: (issued) => {
      tokens = issued
    },
    codeVerifier: () => verifier,
    saveCodeVerifier: (made) => {
      verifier = made
    },
    redirectToAuthorization: show,
  }
}

interface Callback {
  redirectUrl: string
  /** What the browser comes back with. */
  callback: Promise<URLSearchParams>
  close(): void
}

async function listenForCallback(): Promise<Callback> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const redirectUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/callback`
  const callback = new Promise<URLSearchParams>((resolve) => {
    listener.on('request', ({ url = '' }, response) => {
      response.end('You can close this page.')
      if (url.startsWith('/callback?')) resolve(new URL(url, redirectUrl).searchParams)
    })
  })
  return {
    redirectUrl,
    callback,
    close: () => {
      listener.close()
      listener.closeAllConnections()
    },
  }
}
