import { readPath } from '@portico-mcp/core/internal'
import type { AccessKey } from './access-key.ts'
import { HEADERS } from './answers.ts'

/** Redirects a browser to the same page without the secret in its URL, and sets the cookies for it. */
export async function exchangeKey(request: Request, key: AccessKey): Promise<Response> {
  const headers = new Headers({ ...HEADERS, location: buildLocation(request) })
  for (const cookie of await key.setCookies(request)) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** Returns a page that reloads itself, so that the next request comes from this site and has its cookies. */
export function redirectSameSite(request: Request): Response {
  const html = `<!doctype html><meta http-equiv="refresh" content="0;url=${escapeHtml(buildLocation(request))}">`
  const headers = {
    ...HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  }
  return new Response(html, { headers })
}

/** Returns the URL of the page without the secret. It is relative, so that it works below a path that a proxy removes. */
function buildLocation(request: Request): string {
  const path = readPath(request)
  const { searchParams } = new URL(request.url)
  searchParams.delete('key')
  const query = searchParams.size > 0 ? `?${searchParams}` : ''
  return `./${path.slice(path.lastIndexOf('/') + 1)}${query}`
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '"': '&quot;',
  "'": '&#39;',
  '<': '&lt;',
  '>': '&gt;',
}

const escapeHtml = (text: string): string => text.replace(/[&"'<>]/g, (character) => ENTITIES[character]!)
