import { isEqual } from '@portico-mcp/core/internal'
import type { ConsentOutcome } from './answered-consents.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { cookieName, setCookie } from './cookies.ts'
import { type Answer, type Desk, grantedLocation } from './desk.ts'
import { digestOf, randomSecret } from './digest.ts'
import { holderOf, STRANGERS } from './holder.ts'
import { html, pageResponse, redirectResponse } from './page.ts'
import { readForm } from './parameters.ts'
import { withParameters } from './redirect-uri.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { isOwnPage } from './transactions.ts'
import type { Upstream } from './upstream.ts'
import { whoIs } from './who-is.ts'

const SIGN_IN_TTL = 600

/** Takes the answer of the consent page: to the application, or on to the provider. A yes counts once. */
export const consent: Answer = async (request, desk, given) => {
  const { settings, transactions, upstream, limits } = desk
  if (!isOwnPage(request, settings.base)) throw new OAuthServerRefusal('foreign-consent')
  const form = await readForm(request, given.parsedBody)
  const page = form.get('transaction') ?? ''
  const transaction = await transactions.open(page, request)
  if (!transaction) throw new OAuthServerRefusal('stale-consent')
  const { request: asked, sub } = transaction
  // a no keeps nothing, so it may come again, and a yes after it
  if (form.get('decision') !== 'allow') return redirectResponse(deniedLocation(asked, desk, 'denied'))
  if (upstream) {
    await limits.signIn(request, given)
    return once(page, STRANGERS, desk, () => upstreamOutcome(asked, upstream, desk))
  }
  const user = await whoIs(request, authorizationUrl(asked, desk), asked.clientName, desk)
  if (user instanceof Response) return signedOutPage(authorizationUrl(asked, desk), settings.serviceName)
  // somebody else has signed in since the page was shown
  if (!isEqual(user.sub, sub ?? '')) throw new OAuthServerRefusal('stale-consent')
  await limits.consent(user.sub)
  return once(page, holderOf(user), desk, async () => ({
    location: await grantedLocation(desk, asked, { user }),
    cookies: [],
  }))
}

/** Sends the browser to where a page leads, the first time; then shows that the page has been answered. */
async function once(
  page: string,
  holder: string,
  { answered, settings }: Desk,
  answer: () => Promise<ConsentOutcome>,
): Promise<Response> {
  if (!(await answered.take(page, holder))) {
    settings.report(new OAuthServerRefusal('answered-consent'))
    return answeredPage(settings.serviceName, await answered.find(page))
  }
  try {
    const outcome = await answer()
    await answered.keep(page, outcome)
    return redirectResponse(outcome.location, outcome.cookies)
  } catch (error) {
    await answered.release(page)
    throw error
  }
}

// of a double click, the browser shows what came of the second one: the link leads to what came of the first
const answeredPage = (serviceName: string, outcome: ConsentOutcome | undefined): Response =>
  pageResponse(
    `${serviceName}: sign in`,
    html`<h1>You have answered this page</h1>${
      outcome
        ? html`<p><a class="button" href="${outcome.location}" rel="noreferrer">Go on</a></p>`
        : html`<p>To sign in once more, begin again in the application.</p>`
    }`,
    { status: new OAuthServerRefusal('answered-consent').status, cookies: outcome?.cookies ?? [] },
  )

// what the host answered was made for this form's request; a fresh request begins again at the authorization endpoint
const signedOutPage = (location: string, serviceName: string): Response =>
  pageResponse(
    `${serviceName}: sign in`,
    html`<h1>You are signed out</h1><p><a class="button" href="${location}">Sign in again</a></p>`,
  )

/** Where the browser takes a refusal to the application. */
export function deniedLocation(
  { redirectUri, state }: AuthorizationRequest,
  { settings }: Desk,
  reason: 'denied' | 'upstream-refused' | 'upstream-failed',
): string {
  const { code, message } = new OAuthServerRefusal(reason)
  return withParameters(redirectUri, {
    error: code,
    error_description: message,
    state,
    iss: settings.issuer,
  })
}

/** The name of the cookie that binds a sign-in at the provider to the browser. */
export const signInCookie = (base: string, state: string): string =>
  cookieName(base, `state-${digestOf(state).slice(0, 16)}`)

// the cookie comes with the consent and not before (MCP security best practices, confused deputy)
async function upstreamOutcome(
  asked: AuthorizationRequest,
  upstream: Upstream,
  desk: Desk,
): Promise<ConsentOutcome> {
  const upstreamRequest = upstream.begin()
  const secret = randomSecret()
  const pending = { request: asked, upstreamRequest, browser: digestOf(secret) }
  const state = await desk.pending.issue(pending, STRANGERS)
  const location = await upstream.authorizationUrl(upstreamRequest, state)
  const cookie = setCookie(signInCookie(desk.settings.base, state), secret, SIGN_IN_TTL)
  return { location, cookies: [cookie] }
}

function authorizationUrl(asked: AuthorizationRequest, { endpoints }: Desk): string {
  const { clientId, redirectUri, state, scopes, resource, codeChallenge } = asked
  return withParameters(endpoints.authorize, {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    scope: scopes.join(' ') || undefined,
    resource,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  })
}
