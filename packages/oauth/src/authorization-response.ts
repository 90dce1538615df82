import type { AuthorizationRequest } from './authorization-request.ts'
import type { OAuthContext } from './context.ts'
import { generateId } from './digest.ts'
import { toRecordOwner } from './record-owner.ts'
import { addParameters } from './redirect-uri.ts'
import type { OAuthServerRefusal } from './refusal.ts'
import type { UpstreamTokens } from './upstream.ts'
import type { User } from './user.ts'

/** Issues an authorization code, and builds the URL that takes it to the client (OAuth 2.1 §4.1.2, RFC 9207). */
export async function buildCodeRedirect(
  { codes, settings }: OAuthContext,
  request: AuthorizationRequest,
  granted: { user: User; upstream?: UpstreamTokens },
): Promise<string> {
  const content = { request, ...granted, grantId: generateId(16) }
  const code = await codes.issue(content, toRecordOwner(granted.user))
  return addParameters(request.redirectUri, { code, state: request.state, iss: settings.issuer })
}

/** Builds the URL that takes an error to the client (OAuth 2.1 §4.1.2.1). */
export function buildErrorRedirect(
  { settings }: OAuthContext,
  { redirectUri, state }: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  refusal: OAuthServerRefusal,
): string {
  return addParameters(redirectUri, {
    error: refusal.code,
    error_description: refusal.message,
    state,
    iss: settings.issuer,
  })
}
