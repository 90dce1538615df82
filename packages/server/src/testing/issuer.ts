import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** An authorization server on loopback, whose one client gets JWTs for whatever resource it names. */
export async function startIssuer() {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const issuer = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'app',
        client_secret: 'app-secret',
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
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'notes:read notes:write',
          audience: resource,
          accessTokenTTL: 60,
          accessTokenFormat: 'jwt',
        }),
      },
    },
  })
  listener.on('request', provider.callback())
  return {
    issuer,
    async issue(resource: string, scope = 'notes:read'): Promise<string> {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('app:app-secret')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource }),
      })
      return ((await response.json()) as { access_token: string }).access_token
    },
    close: () => void listener.close().closeAllConnections(),
  }
}
