import { readClientMetadata } from './client-metadata.ts'
import type { EndpointHandler } from './context.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { readJson } from './request-body.ts'

// The client id contains the metadata, and is part of URLs.
const MAX_METADATA_LENGTH = 2048

/**
 * Dynamic client registration (RFC 7591 §3). The response contains what was registered, which may be less than what was
 * requested (§3.2.1).
 */
export const register: EndpointHandler = async (request, { clients, settings, limits }, options) => {
  if (!settings.enableDCR) throw new OAuthServerRefusal('no-registration')
  await limits.registration(request, options)
  const metadata = readClientMetadata(
    await readJson(request, options.parsedBody),
    settings.allowedRedirectSchemes,
    'registration',
  )
  // A name and one URI always fit. Of more URIs, the first ones that fit are registered.
  while (JSON.stringify(metadata).length > MAX_METADATA_LENGTH) metadata.redirectUris.pop()
  const { client, authMethod, issuedAt, expiresAt, clientSecret } = await clients.registrations.add(metadata)
  const response = {
    client_id: client.clientId,
    client_id_issued_at: issuedAt,
    ...(clientSecret && { client_secret: clientSecret, client_secret_expires_at: expiresAt }),
    ...(client.clientName && { client_name: client.clientName }),
    redirect_uris: client.redirectUris,
    token_endpoint_auth_method: authMethod,
    grant_types: ['authorization_code', ...(client.refreshes ? ['refresh_token'] : [])],
    response_types: ['code'],
  }
  return Response.json(response, { status: 201, headers: { 'cache-control': 'no-store' } })
}
