import type { ConsentOutcome } from './answered-consents.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { OAuthContext } from './context.ts'
import { buildCookie, buildCookieName } from './cookies.ts'
import { digestText, generateSecret } from './digest.ts'
import { ANONYMOUS } from './record-owner.ts'
import type { Upstream } from './upstream.ts'

const SIGN_IN_TTL_SECONDS = 600

/** Builds the name of the cookie that binds a sign-in at the identity provider to the browser. */
export const buildSignInCookieName = (base: string, state: string): string =>
  buildCookieName(base, `state-${digestText(state).slice(0, 16)}`)

/**
 * Starts a sign-in at the identity provider. The cookie is set after the user's consent and not before, so that a client
 * cannot use a consent that was given to another one (MCP security best practices, confused deputy).
 */
export async function startSignIn(
  request: AuthorizationRequest,
  upstream: Upstream,
  { pendingSignIns, settings }: OAuthContext,
): Promise<ConsentOutcome> {
  const upstreamRequest = upstream.begin()
  const secret = generateSecret()
  const state = await pendingSignIns.issue(
    { request, upstreamRequest, browser: digestText(secret) },
    ANONYMOUS,
  )
  const location = await upstream.buildAuthorizationUrl(upstreamRequest, state)
  const cookie = buildCookie(buildSignInCookieName(settings.base, state), secret, SIGN_IN_TTL_SECONDS)
  return { location, cookies: [cookie] }
}
