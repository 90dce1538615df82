import { createLocalJWKSet, jwtVerify } from 'jose'
import { readClientCredentials } from './client-credentials.ts'
import type { EndpointHandler, OAuthContext } from './context.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { readForm } from './request-body.ts'
import { readParameter } from './request-parameters.ts'

/** The revocation endpoint: revokes the grant of a token, and with it all tokens of the grant (RFC 7009 §2). */
export const revoke: EndpointHandler = async (request, context, { parsedBody }) => {
  const form = await readForm(request, parsedBody)
  const clientId = await context.clients.authenticate(readClientCredentials(request, form))
  const token = readParameter(form, 'token')
  const grantId = (await context.grants.findId(token)) ?? (await readGrantId(token, context))
  const grant = grantId === undefined ? undefined : await context.grants.find(grantId)
  if (grantId !== undefined && grant) {
    if (grant.clientId !== clientId) throw new OAuthServerRefusal('another-clients-token')
    await context.grants.revoke(grantId)
  }
  // An invalid token counts as revoked (RFC 7009 §2.2).
  return new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } })
}

/** Reads the grant of an access token. */
async function readGrantId(
  token: string,
  { signingKeys, settings }: OAuthContext,
): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(await signingKeys.jwks()), {
      issuer: settings.issuer,
      typ: 'at+jwt',
    })
    return typeof payload.sid === 'string' ? payload.sid : undefined
  } catch {
    return undefined
  }
}
