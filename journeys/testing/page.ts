import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { clients, type Kind } from './clients.ts'

/** What a script in a page can do; it is bundled for the browser. */
export interface InPage {
  /** Lists the tools, counts with progress, finds, fails, is refused, and says what it saw. */
  useServer(kind: Kind, url: string, token: string): Promise<object>
  /** Signs in: leaves for the login page, or goes on with what that came back with. */
  signIn(kind: Kind, url: string): Promise<string>
  /** An answer as far as a script may read it. */
  read(url: string, init?: RequestInit): Promise<Answer>
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: any
}

async function useServer(kind: Kind, url: string, token: string): Promise<object> {
  const { client, connect } = clients[kind](new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  })
  await connect()
  const { tools } = await client.listTools()
  const progress: number[] = []
  const onprogress = (report: { progress: number }) => void progress.push(report.progress)
  const count = { name: 'count' }
  const counted =
    kind === '1.x'
      ? await client.callTool(count, undefined, { onprogress })
      : await (client as any).callTool(count, { onprogress })
  // in a browser the client leaves the header of an argument to its caller
  const find = { name: 'find', arguments: { region: 'eu' } }
  const headers = { 'Mcp-Param-Region': 'eu' }
  const found = await (kind === '1.x' ? client.callTool(find) : (client as any).callTool(find, { headers }))
  const failed = await client.callTool({ name: 'fail' })
  const refused = await client.callTool({ name: 'purge-notes' }).catch((error: Error) => error.message)
  await client.close()
  return { tools: tools.map(({ name }) => name), progress, counted, found, failed, refused }
}

// what has to outlive the page
const kept = (name: string) => ({
  get: () => JSON.parse(localStorage.getItem(name) ?? 'null') ?? undefined,
  set: (value: unknown) => localStorage.setItem(name, JSON.stringify(value)),
})

function application(): OAuthClientProvider {
  const redirectUrl = `${location.origin}/`
  const client = kept('client')
  const tokens = kept('tokens')
  const verifier = kept('verifier')
  const discovered = kept('discovered')
  return {
    redirectUrl,
    clientMetadata: {
      client_name: 'A page',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    } as OAuthClientProvider['clientMetadata'],
    clientInformation: client.get,
    saveClientInformation: client.set,
    tokens: tokens.get,
    saveTokens: tokens.set,
    discoveryState: discovered.get,
    saveDiscoveryState: discovered.set,
    codeVerifier: verifier.get,
    saveCodeVerifier: verifier.set,
    redirectToAuthorization: (url) => location.assign(url),
  }
}

async function signIn(kind: Kind, url: string): Promise<string> {
  const callback = new URLSearchParams(location.search)
  const authProvider = application()
  const open = () => clients[kind](new URL(url), { authProvider })
  if (callback.has('code')) await open().finishAuth(callback)
  const { client, connect } = open()
  await connect()
  const { content } = (await client.callTool({ name: 'whoami' })) as { content: { text: string }[] }
  await client.close()
  return content[0]!.text
}

async function read(url: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const { status, headers } = response
  return { status, headers: Object.fromEntries(headers), body: text && JSON.parse(text) }
}

Object.assign(globalThis, { inPage: { useServer, signIn, read } satisfies InPage })
