import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js'
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { toNodeHandler } from '@portico-mcp/node'
import Provider from 'oidc-provider'
import { afterAll, describe, expect, it } from 'vitest'
import { authorized, discoverable, oidcVerifier, scopes } from './index.ts'
import { createNotes } from './testing/notes.ts'
import { closeServers, listen } from './testing/server.ts'

afterAll(closeServers)

const credentials = { clientId: 'notes-app', clientSecret: 'app-secret' }

async function startProvider(granted: string[]): Promise<string> {
  let answer: (request: any, response: any) => void = () => {}
  const issuer = await listen((request, response) => answer(request, response))
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['notes:read', 'notes:write'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, audience: string) => ({
          scope: 'notes:read notes:write',
          audience,
          accessTokenTTL: 60,
          accessTokenFormat: 'jwt' as const,
        }),
      },
    },
  })
  provider.on('grant.success', ({ oidc }: any) =>
    granted.push(`${oidc.params.resource} ${oidc.params.scope}`),
  )
  answer = provider.callback()
  return issuer
}

describe('the official client', () => {
  it('signs in by what the challenge says, and steps up by what the next one says', async () => {
    const granted: string[] = []
    const issuer = await startProvider(granted)
    let serve: ReturnType<typeof toNodeHandler> = async () => {}
    const origin = await listen((request, response) => void serve(request, response))
    const resourceServerUrl = `${origin}/mcp`
    const gated = authorized(createNotes().handler, {
      resourceServerUrl,
      verifier: oidcVerifier({ issuer }),
      requiredScopes: ['notes:read'],
      scopes: scopes({ tools: { 'purge-*': ['notes:write'] } }),
    })
    serve = toNodeHandler(discoverable(gated, { resourceServerUrl, authorizationServers: [issuer] }))

    const authProvider = new ClientCredentialsProvider(credentials)
    // the SDK reads a challenge's scope, but asks for it only where a person signs in
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init)
      const { scope } = extractWWWAuthenticateParams(response)
      if (scope) authProvider.clientMetadata.scope = scope
      return response
    }
    const client = new Client({ name: 'client', version: '1' })
    const transport = new StreamableHTTPClientTransport(new URL(resourceServerUrl), { authProvider, fetch })
    await client.connect(transport)
    expect(granted).toEqual([`${resourceServerUrl} notes:read`])
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['read-note'])

    await client.callTool({ name: 'purge-notes' })
    expect(granted.slice(1)).toEqual([`${resourceServerUrl} notes:read notes:write`])
    expect((await client.listTools()).tools).toHaveLength(3)
    await client.close()
  })
})
