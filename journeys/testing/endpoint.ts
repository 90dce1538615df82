import { oidcVerifier, scopes } from '@portico-mcp/auth'
import type { Host } from './hosts.ts'
import { createNotes } from './notes.ts'
import { listen } from './server.ts'

/** Serves notes to those who sign in at an authorization server; resolves to the URL of the endpoint. */
export async function startEndpoint(host: Host, issuer: string): Promise<string> {
  const origin = await listen((origin) => {
    const resourceServerUrl = `${origin}/mcp`
    return host({
      handler: createNotes(),
      gate: {
        resourceServerUrl,
        verifier: oidcVerifier({ issuer }),
        requiredScopes: ['notes:read'],
        scopes: scopes({ tools: { 'purge-*': ['notes:write'] } }),
      },
      metadata: { resourceServerUrl, authorizationServers: [issuer], scopesSupported: ['notes:read'] },
    })
  })
  return `${origin}/mcp`
}
