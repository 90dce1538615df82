import { isEqual } from '@portico-mcp/core/internal'
import type { CodeContent, OAuthContext } from './context.ts'
import { digestText } from './digest.ts'
import type { Grant } from './grants.ts'
import { issueTokens } from './issue-tokens.ts'
import { toRecordOwner } from './record-owner.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { readParameter } from './request-parameters.ts'
import { readResource } from './resource-indicator.ts'

const CODE_VERIFIER = /^[\w.~-]{43,128}$/

/**
 * Exchanges an authorization code for tokens (OAuth 2.1 §4.1.3). A second exchange revokes the tokens of the first.
 *
 * @throws OAuthServerRefusal if the code cannot be used by this request.
 */
export async function exchangeCode(
  form: URLSearchParams,
  clientId: string,
  context: OAuthContext,
): Promise<Response> {
  const { codes, grants } = context
  const code = readParameter(form, 'code')
  const content = await codes.read(code)
  if (!content || content.request.clientId !== clientId) throw new OAuthServerRefusal('unknown-code')
  const { request, user, grantId } = content
  const resource = readResource(form, context.settings.resources)
  const refusal = checkExchange(form, content, resource)
  if (!(await codes.use(code, toRecordOwner(user)))) {
    // Only a request that could have used the code revokes what it issued (OAuth 2.1 §4.1.3).
    if (refusal) throw new OAuthServerRefusal('unknown-code')
    await codes.markReplayed(code)
    await grants.revoke(grantId)
    throw new OAuthServerRefusal('reused-code')
  }
  if (refusal) throw refusal
  const grant = buildGrant(content)
  await grants.add(grantId, grant)
  // A replay before the grant was added found nothing to revoke.
  if (await codes.isReplayed(code)) {
    await grants.revoke(grantId)
    throw new OAuthServerRefusal('reused-code')
  }
  const refreshToken = request.refreshes ? await grants.buildRefreshToken(grantId) : undefined
  return issueTokens({ grantId, grant, scopes: grant.scopes, refreshToken }, context)
}

/** Checks the parameters of the exchange. Even if they are wrong, the code is used up. */
function checkExchange(
  form: URLSearchParams,
  { request }: CodeContent,
  resource: string | undefined,
): OAuthServerRefusal | undefined {
  const redirectUri = form.get('redirect_uri')
  const isSameUri = redirectUri === null || redirectUri === request.redirectUri
  if (!isSameUri || (resource ?? request.resource) !== request.resource) {
    return new OAuthServerRefusal('code-mismatch')
  }
  const verifier = form.get('code_verifier') ?? ''
  const matches = CODE_VERIFIER.test(verifier) && isEqual(digestText(verifier), request.codeChallenge)
  return matches ? undefined : new OAuthServerRefusal('pkce-mismatch')
}

function buildGrant({ request, user, upstream }: CodeContent): Grant {
  const { clientId, clientName, clientKind: kind, redirectUri, scopes, resource, refreshes } = request
  const client = { clientId, clientName, kind, redirectUris: [redirectUri] }
  return { clientId, client, scopes, resource, user, refreshes, upstream }
}
