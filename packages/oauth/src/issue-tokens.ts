import type { OAuthContext } from './context.ts'
import { generateId } from './digest.ts'
import type { Grant } from './grants.ts'

/** The tokens to issue. */
interface IssuedTokens {
  grantId: string
  grant: Grant
  /** The scopes of the access token. */
  scopes: readonly string[]
  refreshToken: string | undefined
}

/** Issues an access token, and builds the response of the token endpoint (OAuth 2.1 §3.2.3). */
export async function issueTokens(issued: IssuedTokens, context: OAuthContext): Promise<Response> {
  const { scopes, refreshToken } = issued
  const expiresIn = Math.floor(context.settings.tokenTTL)
  const body = {
    access_token: await signAccessToken(issued, expiresIn, context),
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(refreshToken && { refresh_token: refreshToken }),
    scope: scopes.join(' '),
  }
  return Response.json(body, { headers: { 'cache-control': 'no-store' } })
}

async function signAccessToken(
  { grantId, grant, scopes }: IssuedTokens,
  expiresIn: number,
  { settings, signingKeys, upstream }: OAuthContext,
): Promise<string> {
  const { clientId, resource, user } = grant
  const { issuer, tokenMapper } = settings
  const claims = { ...user.claims, ...(upstream && { idp: upstream.id }) }
  const mapped = tokenMapper ? await tokenMapper(claims, { user, clientId, scopes }) : claims
  const now = Math.floor(Date.now() / 1000)
  return signingKeys.sign({
    ...mapped,
    // `tokenMapper` cannot replace the claims of RFC 9068 §2.2.
    iss: issuer,
    sub: user.sub,
    aud: resource,
    client_id: clientId,
    iat: now,
    exp: now + expiresIn,
    jti: generateId(16),
    scope: scopes.join(' '),
    sid: grantId,
  })
}
