import { createLocalJWKSet, jwtVerify } from 'jose'
import { readClientCredentials } from './client-credentials.ts'
import type { Answer, Desk } from './desk.ts'
import { readForm } from './parameters.ts'
import { OAuthServerRefusal } from './refusal.ts'

/** Ends the grant of a token, with all that was issued for it (RFC 7009 §2). */
export const revoke: Answer = async (request, desk, { parsedBody }) => {
  const form = await readForm(request, parsedBody)
  const clientId = await desk.clients.authenticate(readClientCredentials(request, form))
  const token = form.get('token')
  if (!token) throw new OAuthServerRefusal('missing-parameter', { parameter: 'token' })
  const grantId = (await desk.grants.grantIdOf(token)) ?? (await grantIdOfAccessToken(token, desk))
  const grant = grantId === undefined ? undefined : await desk.grants.find(grantId)
  if (grantId !== undefined && grant) {
    if (grant.clientId !== clientId) throw new OAuthServerRefusal('another-clients-token')
    await desk.grants.revoke(grantId)
  }
  // RFC 7009 §2.2: what is not valid is as good as revoked
  return new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } })
}

async function grantIdOfAccessToken(token: string, { keys, settings }: Desk): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(await keys.jwks()), {
      issuer: settings.issuer,
      typ: 'at+jwt',
    })
    return typeof payload.sid === 'string' ? payload.sid : undefined
  } catch {
    return undefined
  }
}
