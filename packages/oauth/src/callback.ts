import { isEqual } from '@portico-mcp/core/internal'
import { checkRepeated } from './authorization-request.ts'
import { deniedLocation, signInCookie } from './consent.ts'
import { readCookie, setCookie } from './cookies.ts'
import { type Answer, grantedLocation } from './desk.ts'
import { digestOf } from './digest.ts'
import { STRANGERS } from './holder.ts'
import { redirectResponse } from './page.ts'
import { OAuthServerRefusal, toRefusal } from './refusal.ts'

/** Where the provider sends the browser back to. */
export const callback: Answer = async (request, desk) => {
  const { pending, upstream, settings, limits } = desk
  const parameters = new URL(request.url).searchParams
  checkRepeated(parameters)
  const state = parameters.get('state') ?? ''
  const signIn = await pending.read(state)
  const cookie = signInCookie(settings.base, state)
  const secret = readCookie(request, cookie)
  const isBrowser = signIn && secret !== undefined && isEqual(signIn.browser, digestOf(secret))
  // another browser takes nothing away from the one that began it
  if (!upstream || !isBrowser || !(await pending.take(state, STRANGERS)))
    throw new OAuthServerRefusal('stale-sign-in')
  const { request: asked, upstreamRequest } = signIn
  const cookies = [setCookie(cookie, '', 0)]
  try {
    const { user, tokens } = await upstream.finish(parameters, upstreamRequest, state)
    await limits.consent(user.sub)
    return redirectResponse(await grantedLocation(desk, asked, { user, upstream: tokens }), cookies)
  } catch (thrown) {
    const refusal = toRefusal(thrown)
    if (refusal.reason !== 'upstream-refused' && refusal.reason !== 'upstream-failed') throw refusal
    settings.report(refusal)
    return redirectResponse(deniedLocation(asked, desk, refusal.reason), cookies)
  }
}
