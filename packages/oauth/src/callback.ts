import { isEqual } from '@portico-mcp/core/internal'
import { buildCodeRedirect, buildErrorRedirect } from './authorization-response.ts'
import type { EndpointHandler } from './context.ts'
import { buildCookie, readCookie } from './cookies.ts'
import { digestText } from './digest.ts'
import { redirectTo } from './page.ts'
import { ANONYMOUS } from './record-owner.ts'
import { OAuthServerRefusal, toRefusal } from './refusal.ts'
import { checkRepeated } from './request-parameters.ts'
import { buildSignInCookieName } from './start-sign-in.ts'

/** The redirect URI of the identity provider: ends a sign-in, and sends the browser on to the client. */
export const callback: EndpointHandler = async (request, context) => {
  const { pendingSignIns, upstream, settings, limits } = context
  const parameters = new URL(request.url).searchParams
  checkRepeated(parameters)
  const state = parameters.get('state') ?? ''
  const signIn = await pendingSignIns.read(state)
  const cookieName = buildSignInCookieName(settings.base, state)
  const secret = readCookie(request, cookieName)
  const isBrowser = signIn && secret !== undefined && isEqual(signIn.browser, digestText(secret))
  // The state is used only after the cookie is checked, so that another browser cannot end the sign-in.
  if (!upstream || !isBrowser || !(await pendingSignIns.use(state, ANONYMOUS)))
    throw new OAuthServerRefusal('stale-sign-in')
  const { request: authorizationRequest, upstreamRequest } = signIn
  const cookies = [buildCookie(cookieName, '', 0)]
  try {
    const { user, tokens } = await upstream.finish(parameters, upstreamRequest, state)
    await limits.consent(user.sub)
    const granted = { user, upstream: tokens }
    return redirectTo(await buildCodeRedirect(context, authorizationRequest, granted), cookies)
  } catch (thrown) {
    const refusal = toRefusal(thrown)
    if (refusal.reason !== 'upstream-refused' && refusal.reason !== 'upstream-failed') throw refusal
    settings.report(refusal)
    // The client gets the message without a hint.
    const error = new OAuthServerRefusal(refusal.reason)
    return redirectTo(buildErrorRedirect(context, authorizationRequest, error), cookies)
  }
}
