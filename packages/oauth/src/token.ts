import { isEqual } from '@portico-mcp/core/internal'
import { base64url } from 'jose'
import { scopesOf } from './authorization-request.ts'
import { readClientCredentials } from './client-credentials.ts'
import type { Answer, CodeContent, Desk } from './desk.ts'
import { digestOf } from './digest.ts'
import type { Grant } from './grants.ts'
import { holderOf } from './holder.ts'
import { readForm } from './parameters.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { renewUpstream } from './renew-upstream.ts'
import { namedResource } from './resource-indicator.ts'

/** The token endpoint (OAuth 2.1 §3.2). */
export const token: Answer = async (request, desk, { parsedBody }) => {
  const form = await readForm(request, parsedBody)
  const clientId = await desk.clients.authenticate(readClientCredentials(request, form))
  const grantType = form.get('grant_type')
  if (grantType === 'authorization_code') return exchange(form, clientId, desk)
  if (grantType === 'refresh_token') return refresh(form, clientId, desk)
  if (grantType === null) throw new OAuthServerRefusal('missing-parameter', { parameter: 'grant_type' })
  throw new OAuthServerRefusal('unsupported-grant-type')
}

const VERIFIER = /^[\w.~-]{43,128}$/

async function exchange(form: URLSearchParams, clientId: string, desk: Desk): Promise<Response> {
  const { codes, grants } = desk
  const code = parameter(form, 'code')
  const content = await codes.read(code)
  if (!content || content.request.clientId !== clientId) throw new OAuthServerRefusal('unknown-code')
  const { request, user, upstream, grantId } = content
  const resource = namedResource(form, desk.settings.resources)
  const refusal = await mismatch(form, content, resource)
  if (!(await codes.take(code, holderOf(user)))) {
    // only who could have used it ends what was issued (OAuth 2.1 §4.1.3)
    if (refusal) throw new OAuthServerRefusal('unknown-code')
    await codes.markReplayed(code)
    await grants.revoke(grantId)
    throw new OAuthServerRefusal('reused-code')
  }
  if (refusal) throw refusal
  const { scopes, refreshes, clientName, clientKind: kind, redirectUri } = request
  const client = { clientId, clientName, kind, redirectUris: [redirectUri] }
  const grant: Grant = { clientId, client, scopes, resource: request.resource, user, refreshes, upstream }
  await grants.add(grantId, grant)
  // a replay in the meantime found nothing to revoke yet
  if (await codes.wasReplayed(code)) {
    await grants.revoke(grantId)
    throw new OAuthServerRefusal('reused-code')
  }
  return issue(grantId, grant, scopes, refreshes ? await grants.firstRefreshToken(grantId) : undefined, desk)
}

/** Why a code cannot be used by this request; it is used up all the same. */
async function mismatch(
  form: URLSearchParams,
  { request }: CodeContent,
  resource: string | undefined,
): Promise<OAuthServerRefusal | undefined> {
  const redirectUri = form.get('redirect_uri')
  const isSameUri = redirectUri === null || redirectUri === request.redirectUri
  if (!isSameUri || (resource ?? request.resource) !== request.resource) {
    return new OAuthServerRefusal('code-mismatch')
  }
  const verifier = form.get('code_verifier') ?? ''
  const fits = VERIFIER.test(verifier) && isEqual(digestOf(verifier), request.codeChallenge)
  return fits ? undefined : new OAuthServerRefusal('pkce-mismatch')
}

async function refresh(form: URLSearchParams, clientId: string, desk: Desk): Promise<Response> {
  const { grants, settings } = desk
  const resource = namedResource(form, settings.resources)
  const asked = scopesOf(form.get('scope'))
  const { grantId, grant, successor, first } = await grants.rotate(
    parameter(form, 'refresh_token'),
    clientId,
    (grant) => {
      if ((resource ?? grant.resource) !== grant.resource) throw new OAuthServerRefusal('unknown-resource')
      if (asked.some((scope) => settings.scopesSupported.includes(scope) && !grant.scopes.includes(scope))) {
        throw new OAuthServerRefusal('scope-exceeded')
      }
    },
  )
  if (!(await desk.clients.isAllowed(grant.client))) {
    await grants.revoke(grantId)
    throw new OAuthServerRefusal('client-refused')
  }
  // of several at once, the others have their answer
  if (first && (await renewUpstream(grantId, grant, desk)) === 'ended') {
    throw new OAuthServerRefusal('unknown-refresh-token')
  }
  const narrowed = grant.scopes.filter((scope) => asked.includes(scope))
  return issue(grantId, grant, narrowed.length > 0 ? narrowed : grant.scopes, successor, desk)
}

async function issue(
  grantId: string,
  { clientId, resource, user }: Grant,
  scopes: readonly string[],
  refreshToken: string | undefined,
  { settings, keys, upstream }: Desk,
): Promise<Response> {
  const { issuer, tokenTTL, tokenMapper } = settings
  const own = { ...user.claims, ...(upstream && { idp: upstream.id }) }
  const mapped = tokenMapper ? await tokenMapper(own, { user, clientId, scopes }) : own
  const now = Math.floor(Date.now() / 1000)
  const accessToken = await keys.sign({
    ...mapped,
    // RFC 9068 §2.2: nobody else's to choose
    iss: issuer,
    sub: user.sub,
    aud: resource,
    client_id: clientId,
    iat: now,
    exp: now + Math.floor(tokenTTL),
    jti: base64url.encode(crypto.getRandomValues(new Uint8Array(16))),
    scope: scopes.join(' '),
    sid: grantId,
  })
  const answer = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: Math.floor(tokenTTL),
    ...(refreshToken && { refresh_token: refreshToken }),
    scope: scopes.join(' '),
  }
  return Response.json(answer, { headers: { 'cache-control': 'no-store' } })
}

function parameter(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (!value) throw new OAuthServerRefusal('missing-parameter', { parameter: name })
  return value
}
