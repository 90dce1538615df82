import { extractWWWAuthenticateParams } from '@modelcontextprotocol/sdk/client/auth.js'
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, expect, it } from 'vitest'
import { MACHINE, startAuthorizationServer } from './testing/authorization-server.ts'
import { startEndpoint } from './testing/endpoint.ts'
import { hosts } from './testing/hosts.ts'
import { closeServers } from './testing/server.ts'

afterAll(closeServers)

it.each(Object.entries(hosts))(
  'a machine signs in and steps up by the challenges alone: %s',
  async (_, host) => {
    const { issuer, grants } = await startAuthorizationServer()
    const resource = await startEndpoint(host, issuer)
    const authProvider = new ClientCredentialsProvider({ ...MACHINE, expectedIssuer: issuer })
    // the SDK reads a challenge's scope, but asks for it only where a person signs in
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await globalThis.fetch(input, init)
      const { scope } = extractWWWAuthenticateParams(response)
      if (scope) authProvider.clientMetadata.scope = scope
      return response
    }
    const client = new Client({ name: 'client', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider, fetch }))
    expect(grants).toMatchObject([{ resource, scope: 'notes:read' }])

    await client.callTool({ name: 'purge-notes' })
    expect(grants.slice(1)).toMatchObject([{ resource, scope: 'notes:read notes:write' }])
    await client.close()
  },
)
