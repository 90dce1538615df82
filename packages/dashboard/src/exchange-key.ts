import { readPath } from '@portico-mcp/core/internal'
import type { AccessKey } from './access-key.ts'
import { HEADERS } from './answers.ts'

/** Sends a browser on to the same page without the secret in its address, which becomes a cookie. */
export async function exchangeKey(request: Request, key: AccessKey): Promise<Response> {
  const headers = new Headers({ ...HEADERS, location: addressOf(request) })
  for (const cookie of await key.setCookies(request)) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** A page that opens its own address: what it sends comes from this site, and so with the cookies of this site. */
export function leadBack(request: Request): Response {
  const html = `<!doctype html><meta http-equiv="refresh" content="0;url=${escapeHtml(addressOf(request))}">`
  const headers = {
    ...HEADERS,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  }
  return new Response(html, { headers })
}

/** A page's address without the secret, relative, so that it is right below a path that a proxy takes away. */
function addressOf(request: Request): string {
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
