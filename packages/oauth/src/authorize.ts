import {
  type AuthorizationRequest,
  checkRepeated,
  readAuthorizationRequest,
} from './authorization-request.ts'
import { type Client, redirectUriOf } from './client.ts'
import { consentPage } from './consent-page.ts'
import type { Answer, Desk } from './desk.ts'
import { html, pageResponse, redirectResponse } from './page.ts'
import { isLoopback, redirectUriHint, withParameters } from './redirect-uri.ts'
import { OAuthServerRefusal, shortened, toRefusal } from './refusal.ts'
import { whoIs } from './who-is.ts'

/** The authorization endpoint: shows the consent page (OAuth 2.1 §4.1.1). */
export const authorize: Answer = async (request, desk, given) => {
  const parameters = new URL(request.url).searchParams
  checkRepeated(parameters)
  const clientId = parameters.get('client_id')
  if (!clientId) throw new OAuthServerRefusal('missing-parameter', { parameter: 'client_id' })
  const client = await desk.clients.find(clientId, () => desk.limits.document(request, given))
  const redirectUri = redirectUriOf(client, parameters.get('redirect_uri'))
  if (redirectUri === undefined) throw mismatch(parameters.get('redirect_uri'), desk)
  let asked: AuthorizationRequest
  try {
    asked = readAuthorizationRequest(parameters, client, redirectUri, desk.settings)
  } catch (thrown) {
    return sendBack(toRefusal(thrown), client, redirectUri, parameters.get('state'), desk)
  }
  return ask(request, asked, desk)
}

function mismatch(asked: string | null, { settings }: Desk): OAuthServerRefusal {
  if (asked === null) {
    return new OAuthServerRefusal('redirect-uri-mismatch', {
      hint: 'The request names none, and the application registered several',
    })
  }
  return new OAuthServerRefusal('redirect-uri-mismatch', {
    parameter: shortened(asked),
    hint: redirectUriHint(asked, settings.allowedRedirectSchemes),
  })
}

async function ask(request: Request, asked: AuthorizationRequest, desk: Desk): Promise<Response> {
  const { settings, endpoints, transactions, upstream } = desk
  const user = upstream ? undefined : await whoIs(request, request.url, asked.clientName, desk)
  if (user instanceof Response) return user
  const { sealed, cookies } = await transactions.seal({ request: asked, sub: user?.sub }, request)
  return consentPage({
    request: asked,
    transaction: sealed,
    serviceName: settings.serviceName,
    action: endpoints.consent,
    upstream,
    cookies,
  })
}

/**
 * Tells the application of a refusal. A browser is sent on by itself only to who is known beforehand, or to its own
 * machine: anybody can register, and have people sent where they please (RFC 9700 §4.11.2).
 */
function sendBack(
  refusal: OAuthServerRefusal,
  { kind }: Client,
  redirectUri: string,
  state: string | null,
  { settings }: Desk,
): Response {
  settings.report(refusal)
  const location = withParameters(redirectUri, {
    error: refusal.code,
    error_description: refusal.message,
    state: state ?? undefined,
    iss: settings.issuer,
  })
  if (kind === 'configured' || isLoopback(redirectUri)) return redirectResponse(location)
  const { host, protocol } = new URL(redirectUri)
  const content = html`<h1>This does not work</h1>
<p>${refusal.message}.</p>
<p><a class="button" href="${location}" rel="noreferrer">Back to ${host || protocol}</a></p>`
  return pageResponse('Sign in', content, { status: refusal.status })
}
