import type { FetchHandler, McpHandlerRequestOptions } from '@portico-mcp/core'
import { readPath } from '@portico-mcp/core/internal'
import { HEADERS, notFound } from './answers.ts'
import { ICON, SCRIPT, STYLE } from './bundle.ts'
import type { Settings } from './options.ts'

const ASSETS: Record<string, [type: string, text: string]> = {
  '/page.js': ['text/javascript; charset=utf-8', SCRIPT],
  '/page.css': ['text/css; charset=utf-8', STYLE],
  '/icon.svg': ['image/svg+xml', ICON],
}

/** Returns an asset of the page; undefined for an unknown name. */
export async function findAsset(name: string): Promise<Response | undefined> {
  if (name === '/apps.js') {
    // most servers have no apps, and do not load the script for them
    const { APPS } = await import('./apps-bundle.ts')
    return sendAsset('text/javascript; charset=utf-8', APPS)
  }
  if (!Object.hasOwn(ASSETS, name)) return undefined
  const [type, text] = ASSETS[name]!
  return sendAsset(type, text)
}

function sendAsset(type: string, text: string): Response {
  return new Response(text, { headers: { ...HEADERS, 'content-type': type } })
}

/** Returns the page. It contains no data, and loads nothing from other origins. */
export async function showPage(
  handler: FetchHandler,
  request: Request,
  options: McpHandlerRequestOptions,
  settings: Settings,
): Promise<Response> {
  if (request.method !== 'GET') return notFound()
  const issuers = settings.authorizationServers ?? (await findIssuers(handler, request, options, settings))
  const { prefix, path, sessions, audits } = settings
  const root = buildRoot(readPath(request))
  const assets = root + prefix.slice(1)
  // paths contain no characters that are special in HTML
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Portico dashboard</title>
<link rel="icon" href="${assets}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets}/page.css">
<script type="module" src="${assets}/page.js"></script>
</head>
<body>
<div id="app" data-root="${root}" data-prefix="${prefix}" data-path="${path}"${sessions ? ' data-sessions' : ''}${audits ? ' data-audits' : ''}></div>
<noscript>The dashboard needs JavaScript.</noscript>
</body>
</html>
`
  return new Response(html, {
    headers: {
      ...HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy(listOrigins(issuers)),
      vary: 'Accept',
    },
  })
}

// relative, so that the page works below a path that a proxy removes
const buildRoot = (path: string): string => '../'.repeat(path.split('/').length - 2) || './'

const policy = (origins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    'media-src data: blob:',
    `connect-src ${["'self'", ...origins].join(' ')}`,
    "frame-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')

const MAX_ISSUERS = 8

/** Reads the issuers from the endpoint's metadata (RFC 9728), by the handler and not over the network. */
async function findIssuers(
  handler: FetchHandler,
  request: Request,
  { responseWriter: _, ...options }: McpHandlerRequestOptions,
  { path }: Settings,
): Promise<readonly string[]> {
  const url = new URL(`/.well-known/oauth-protected-resource${path === '/' ? '' : path}`, request.url)
  const host = request.headers.get('host') ?? url.host
  try {
    const response = await handler.fetch(new Request(url, { headers: { host } }), options)
    if (!response.ok) return []
    const { authorization_servers: issuers } = (await response.json()) as { authorization_servers?: unknown }
    return Array.isArray(issuers) ? issuers.slice(0, MAX_ISSUERS) : []
  } catch {
    // the endpoint has no metadata
    return []
  }
}

function listOrigins(urls: readonly unknown[]): string[] {
  const origins = urls.flatMap((url) => {
    if (typeof url !== 'string' || !URL.canParse(url)) return []
    const { protocol, origin } = new URL(url)
    return protocol === 'https:' || protocol === 'http:' ? [origin] : []
  })
  return [...new Set(origins)]
}
