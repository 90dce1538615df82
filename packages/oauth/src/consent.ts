import { isEqual } from '@portico-mcp/core/internal'
import type { ConsentOutcome } from './answered-consents.ts'
import { authenticateUser } from './authenticate-user.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { buildCodeRedirect, buildErrorRedirect } from './authorization-response.ts'
import type { EndpointHandler, OAuthContext } from './context.ts'
import { html, redirectTo, renderPage } from './page.ts'
import { ANONYMOUS, toRecordOwner } from './record-owner.ts'
import { addParameters } from './redirect-uri.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { readForm } from './request-body.ts'
import { startSignIn } from './start-sign-in.ts'
import { isSameOrigin } from './transactions.ts'

/**
 * Handles the form of the consent page: sends the browser to the client, or to the identity provider. "Allow" counts once.
 */
export const consent: EndpointHandler = async (request, context, options) => {
  const { settings, transactions, upstream, limits } = context
  if (!isSameOrigin(request, settings.base)) throw new OAuthServerRefusal('foreign-consent')
  const form = await readForm(request, options.parsedBody)
  const page = form.get('transaction') ?? ''
  const transaction = await transactions.decrypt(page, request)
  if (!transaction) throw new OAuthServerRefusal('stale-consent')
  const { request: authorizationRequest, sub } = transaction
  // "Deny" is not recorded, so the user may still change the answer.
  if (form.get('decision') !== 'allow') {
    const refusal = new OAuthServerRefusal('denied')
    return redirectTo(buildErrorRedirect(context, authorizationRequest, refusal))
  }
  if (upstream) {
    await limits.signIn(request, options)
    return answerOnce(page, ANONYMOUS, context, () => startSignIn(authorizationRequest, upstream, context))
  }
  const returnTo = buildAuthorizationUrl(authorizationRequest, context)
  const user = await authenticateUser(request, returnTo, authorizationRequest.clientName, context)
  if (user instanceof Response) return renderSignedOutPage(returnTo, settings.serviceName)
  // Another user may have signed in since the page was shown.
  if (!isEqual(user.sub, sub ?? '')) throw new OAuthServerRefusal('stale-consent')
  await limits.consent(user.sub)
  return answerOnce(page, toRecordOwner(user), context, async () => ({
    location: await buildCodeRedirect(context, authorizationRequest, { user }),
    cookies: [],
  }))
}

/** Handles the first answer of a page. Later answers get a page that says so. */
async function answerOnce(
  page: string,
  owner: string,
  { answeredConsents, settings }: OAuthContext,
  createOutcome: () => Promise<ConsentOutcome>,
): Promise<Response> {
  if (!(await answeredConsents.add(page, owner))) {
    settings.report(new OAuthServerRefusal('answered-consent'))
    return renderAnsweredPage(settings.serviceName, await answeredConsents.findOutcome(page))
  }
  try {
    const outcome = await createOutcome()
    await answeredConsents.saveOutcome(page, outcome)
    return redirectTo(outcome.location, outcome.cookies)
  } catch (error) {
    await answeredConsents.remove(page)
    throw error
  }
}

// After a double click the browser shows the second response, so that has a link to where the first one led.
const renderAnsweredPage = (serviceName: string, outcome: ConsentOutcome | undefined): Response =>
  renderPage(
    `${serviceName}: sign in`,
    html`<h1>You have already answered</h1>${
      outcome
        ? html`<p><a class="button" href="${outcome.location}" rel="noreferrer">Continue</a></p>`
        : html`<p>To sign in again, start again in the application.</p>`
    }`,
    { status: new OAuthServerRefusal('answered-consent').status, cookies: outcome?.cookies ?? [] },
  )

// The response of `authenticate` belongs to the request of the form. The link starts again at the authorization endpoint.
const renderSignedOutPage = (location: string, serviceName: string): Response =>
  renderPage(
    `${serviceName}: sign in`,
    html`<h1>You are signed out</h1><p><a class="button" href="${location}">Sign in again</a></p>`,
  )

function buildAuthorizationUrl(request: AuthorizationRequest, { endpoints }: OAuthContext): string {
  const { clientId, redirectUri, state, scopes, resource, codeChallenge } = request
  return addParameters(endpoints.authorize, {
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
