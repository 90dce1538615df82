import { html, renderPage } from './page.ts'
import type { OAuthServerRefusal } from './refusal.ts'

/** Answers a script with an error (RFC 6749 §5.2). */
export function buildJsonError({ code, message, status, headers }: OAuthServerRefusal): Response {
  const body = { error: code, error_description: message }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

/** Answers a browser with an error page. */
export function renderErrorPage({ message, status, headers }: OAuthServerRefusal): Response {
  return renderPage('Sign in', html`<h1>Sign-in failed</h1><p>${message}.</p>`, { status, headers })
}

/** Allows scripts of any origin to read a response. */
export function allowAnyOrigin(response: Response): Response {
  response.headers.set('access-control-allow-origin', '*')
  response.headers.set('access-control-expose-headers', 'www-authenticate, retry-after')
  return response
}

/** Answers a preflight request. Scripts of any origin may send the request. */
export function answerPreflight(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version',
      'access-control-max-age': '7200',
    },
  })
}
