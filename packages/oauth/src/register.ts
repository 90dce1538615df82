import { readClientMetadata } from './client-metadata.ts'
import type { Answer } from './desk.ts'
import { readJson } from './parameters.ts'
import { OAuthServerRefusal } from './refusal.ts'

// what a client id may hold: it travels in URLs
const MAX_METADATA = 2048

/** Dynamic client registration (RFC 7591 §3). The answer says what was registered, which may be less than was asked for (§3.2.1). */
export const register: Answer = async (request, { clients, settings, limits }, given) => {
  if (!settings.enableDCR) throw new OAuthServerRefusal('no-registration')
  await limits.registration(request, given)
  const metadata = readClientMetadata(
    await readJson(request, given.parsedBody),
    settings.allowedRedirectSchemes,
    'registration',
  )
  // one URI and a name always fit; of more, the first that do are registered
  while (JSON.stringify(metadata).length > MAX_METADATA) metadata.redirectUris.pop()
  const { client, authMethod, issuedAt, expiresAt, clientSecret } = await clients.registrations.add(metadata)
  const answer = {
    client_id: client.clientId,
    client_id_issued_at: issuedAt,
    ...(clientSecret && { client_secret: clientSecret, client_secret_expires_at: expiresAt }),
    ...(client.clientName && { client_name: client.clientName }),
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: authMethod,
    grant_types: ['authorization_code', ...(client.refreshes ? ['refresh_token'] : [])],
    response_types: ['code'],
  }
  return Response.json(answer, { status: 201, headers: { 'cache-control': 'no-store' } })
}
