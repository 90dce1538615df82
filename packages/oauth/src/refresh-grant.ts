import type { OAuthContext } from './context.ts'
import { issueTokens } from './issue-tokens.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { renewUpstream } from './renew-upstream.ts'
import { parseScopes, readParameter } from './request-parameters.ts'
import { readResource } from './resource-indicator.ts'

/**
 * Exchanges a refresh token for new tokens (OAuth 2.1 §4.3).
 *
 * @throws OAuthServerRefusal if the refresh token cannot be used by this request.
 */
export async function refreshGrant(
  form: URLSearchParams,
  clientId: string,
  context: OAuthContext,
): Promise<Response> {
  const { grants, settings } = context
  const resource = readResource(form, settings.resources)
  const requested = parseScopes(form.get('scope'))
  const { grantId, grant, successor, isFirst } = await grants.rotate(
    readParameter(form, 'refresh_token'),
    clientId,
    (grant) => {
      if ((resource ?? grant.resource) !== grant.resource) throw new OAuthServerRefusal('unknown-resource')
      const isExceeding = (scope: string): boolean =>
        settings.scopesSupported.includes(scope) && !grant.scopes.includes(scope)
      if (requested.some(isExceeding)) throw new OAuthServerRefusal('scope-exceeded')
    },
  )
  if (!(await context.clients.isAllowed(grant.client))) {
    await grants.revoke(grantId)
    throw new OAuthServerRefusal('client-refused')
  }
  // Parallel requests with the same token do not wait for the renewal.
  if (isFirst && (await renewUpstream(grantId, grant, context)) === 'ended') {
    throw new OAuthServerRefusal('unknown-refresh-token')
  }
  const narrowed = grant.scopes.filter((scope) => requested.includes(scope))
  const scopes = narrowed.length > 0 ? narrowed : grant.scopes
  return issueTokens({ grantId, grant, scopes, refreshToken: successor }, context)
}
