import type { AuthorizationRequest } from './authorization-request.ts'
import { type Html, html, renderPage } from './page.ts'
import { isLoopback } from './redirect-uri.ts'
import type { Upstream } from './upstream.ts'

/** The contents of the consent page. */
export interface ConsentPage {
  request: AuthorizationRequest
  /** The encrypted transaction, which the form submits. */
  transaction: string
  serviceName: string
  /** The URL that the form is submitted to. */
  action: string
  /** The identity provider that the browser is sent to next. */
  upstream?: Pick<Upstream, 'id' | 'scopes'>
  cookies: readonly string[]
}

/**
 * Builds the page that asks the user for consent. It shows the client, the permissions, and where the browser will be sent
 * (MCP security best practices, consent).
 */
export function renderConsentPage(page: ConsentPage): Response {
  const { request, transaction, serviceName, action, upstream, cookies } = page
  const { clientName, clientId, clientKind, redirectUri, scopes, resource } = request
  const name = clientName || 'An application without a name'
  const content = html`<h1>${name} wants to use ${serviceName}</h1>
<dl>
<dt>Application</dt><dd>${clientKind === 'document' ? `${name}, at ${new URL(clientId).host}` : name}</dd>
<dt>Access to</dt><dd>${resource}</dd>
<dt>Permissions</dt><dd>${describeScopes(scopes)}</dd>
${upstream ? html`<dt>You sign in at</dt><dd>${describeUpstream(upstream)}</dd>` : ''}
<dt>You will be sent to</dt><dd id="target">${describeTarget(redirectUri)}</dd>
</dl>
${clientKind === 'configured' ? '' : html`<p class="warning">The application chose its name itself. Continue only if you started this sign-in and recognize where you will be sent.</p>`}
${isLoopback(redirectUri) ? html`<p class="warning">Any program on this computer can receive the answer.</p>` : ''}
<form method="post" action="${action}">
<input type="hidden" name="transaction" value="${transaction}">
<button class="main" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`
  return renderPage(`${serviceName}: sign in`, content, { hasForm: true, cookies })
}

const describeScopes = (scopes: readonly string[]): Html | string =>
  scopes.length > 0 ? html`<ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul>` : 'No specific ones'

const describeUpstream = ({ id, scopes }: Pick<Upstream, 'id' | 'scopes'>): string =>
  scopes.length > 0 ? `${id}, which is asked for ${scopes.join(', ')}` : id

function describeTarget(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri)
  if (isLoopback(redirectUri)) return `${host} (this computer)`
  return protocol === 'https:' ? host : `${protocol}//${host} (a program)`
}
