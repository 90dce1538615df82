import { html, pageResponse } from './page.ts'
import type { OAuthServerRefusal } from './refusal.ts'

/** Answers a script with an error (RFC 6749 §5.2). */
export function jsonRefusal({ code, message, status, headers }: OAuthServerRefusal): Response {
  const body = { error: code, error_description: message }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

/** Answers a browser with an error, as a page. */
export function pageRefusal({ message, status, headers }: OAuthServerRefusal): Response {
  return pageResponse('Sign in', html`<h1>This does not work</h1><p>${message}.</p>`, { status, headers })
}

/** Lets scripts of any origin read a response. */
export function allowAnyOrigin(response: Response): Response {
  response.headers.set('access-control-allow-origin', '*')
  response.headers.set('access-control-expose-headers', 'www-authenticate, retry-after')
  return response
}

/** Answers a preflight request of a script of any origin. */
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
