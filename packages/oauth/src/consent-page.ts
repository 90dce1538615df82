import type { AuthorizationRequest } from './authorization-request.ts'
import { html, pageResponse } from './page.ts'
import { isLoopback } from './redirect-uri.ts'
import type { Upstream } from './upstream.ts'

/** What the consent page is made of. */
export interface ConsentPage {
  request: AuthorizationRequest
  /** What the answer is recognized by. */
  transaction: string
  serviceName: string
  /** Where the form leads to. */
  action: string
  /** The identity provider that the browser goes on to. */
  upstream?: Pick<Upstream, 'id' | 'scopes'>
  cookies: readonly string[]
}

/** Asks the user: who wants in, what for, and where the answer goes (MCP security best practices, consent). */
export function consentPage(page: ConsentPage): Response {
  const { request, transaction, serviceName, action, upstream, cookies } = page
  const { clientName, clientId, clientKind, redirectUri, scopes, resource } = request
  const { protocol, host } = new URL(redirectUri)
  const target = isLoopback(redirectUri)
    ? `${host} (this computer)`
    : protocol === 'https:'
      ? host
      : `${protocol}//${host} (a program)`
  const name = clientName || 'An application without a name'
  const content = html`<h1>${name} wants to use ${serviceName}</h1>
<dl>
<dt>Application</dt><dd>${clientKind === 'document' ? `${name}, at ${new URL(clientId).host}` : name}</dd>
<dt>Access to</dt><dd>${resource}</dd>
<dt>Permissions</dt><dd>${scopes.length > 0 ? html`<ul>${scopes.map((scope) => html`<li>${scope}</li>`)}</ul>` : 'No particular ones'}</dd>
${upstream ? html`<dt>You sign in at</dt><dd>${upstream.id}${upstream.scopes.length > 0 ? `, which is asked for ${upstream.scopes.join(', ')}` : ''}</dd>` : ''}
<dt>You will be sent to</dt><dd id="target">${target}</dd>
</dl>
${clientKind === 'configured' ? '' : html`<p class="warning">The application chose its name itself. Go on only if you have started this, and know where you will be sent.</p>`}
${isLoopback(redirectUri) ? html`<p class="warning">Any program on this computer can receive the answer.</p>` : ''}
<form method="post" action="${action}">
<input type="hidden" name="transaction" value="${transaction}">
<button class="main" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`
  return pageResponse(`${serviceName}: sign in`, content, { hasForm: true, cookies })
}
