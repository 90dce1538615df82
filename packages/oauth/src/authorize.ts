import { authenticateUser } from './authenticate-user.ts'
import { type AuthorizationRequest, readAuthorizationRequest } from './authorization-request.ts'
import { buildErrorRedirect } from './authorization-response.ts'
import { type Client, selectRedirectUri } from './client.ts'
import { renderConsentPage } from './consent-page.ts'
import type { EndpointHandler, OAuthContext } from './context.ts'
import { html, redirectTo, renderPage } from './page.ts'
import { buildRedirectUriHint, isLoopback } from './redirect-uri.ts'
import { OAuthServerRefusal, shortenText, toRefusal } from './refusal.ts'
import { checkRepeated, readParameter } from './request-parameters.ts'

/** The authorization endpoint: shows the consent page (OAuth 2.1 §4.1.1). */
export const authorize: EndpointHandler = async (request, context, options) => {
  const parameters = new URL(request.url).searchParams
  checkRepeated(parameters)
  const clientId = readParameter(parameters, 'client_id')
  const client = await context.clients.find(clientId, () => context.limits.document(request, options))
  const redirectUri = readRedirectUri(parameters, client, context)
  let authorizationRequest: AuthorizationRequest
  try {
    authorizationRequest = readAuthorizationRequest(parameters, client, redirectUri, context.settings)
  } catch (thrown) {
    const state = parameters.get('state') ?? undefined
    return answerClient(toRefusal(thrown), client, { redirectUri, state }, context)
  }
  return showConsentPage(request, authorizationRequest, context)
}

/** @throws OAuthServerRefusal `redirect-uri-mismatch` */
function readRedirectUri(parameters: URLSearchParams, client: Client, { settings }: OAuthContext): string {
  const requested = parameters.get('redirect_uri')
  const redirectUri = selectRedirectUri(client, requested)
  if (redirectUri !== undefined) return redirectUri
  if (requested === null) {
    throw new OAuthServerRefusal('redirect-uri-mismatch', {
      hint: 'The request has no redirect_uri, and the application registered several',
    })
  }
  throw new OAuthServerRefusal('redirect-uri-mismatch', {
    parameter: shortenText(requested),
    hint: buildRedirectUriHint(requested, settings.allowedRedirectSchemes),
  })
}

async function showConsentPage(
  request: Request,
  authorizationRequest: AuthorizationRequest,
  context: OAuthContext,
): Promise<Response> {
  const { settings, endpoints, transactions, upstream } = context
  const { clientName } = authorizationRequest
  const user = upstream ? undefined : await authenticateUser(request, request.url, clientName, context)
  if (user instanceof Response) return user
  const { encrypted, cookies } = await transactions.encrypt(
    { request: authorizationRequest, sub: user?.sub },
    request,
  )
  return renderConsentPage({
    request: authorizationRequest,
    transaction: encrypted,
    serviceName: settings.serviceName,
    action: endpoints.consent,
    upstream,
    cookies,
  })
}

/**
 * Reports a refusal to the client. The browser is redirected only to a configured client and to loopback. For other
 * clients the user gets a page with a link: anybody can register a client, and the server would be an open redirector
 * (RFC 9700 §4.11.2).
 */
function answerClient(
  refusal: OAuthServerRefusal,
  { kind }: Client,
  target: Pick<AuthorizationRequest, 'redirectUri' | 'state'>,
  context: OAuthContext,
): Response {
  context.settings.report(refusal)
  const location = buildErrorRedirect(context, target, refusal)
  if (kind === 'configured' || isLoopback(target.redirectUri)) return redirectTo(location)
  const { host, protocol } = new URL(target.redirectUri)
  const content = html`<h1>Sign-in failed</h1>
<p>${refusal.message}.</p>
<p><a class="button" href="${location}" rel="noreferrer">Back to ${host || protocol}</a></p>`
  return renderPage('Sign in', content, { status: refusal.status })
}
