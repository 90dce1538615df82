import { HEADERS } from './answers.ts'

/** Sources that an MCP App declares in `_meta.ui.csp` of its resource (MCP Apps, 2026-01-26). */
interface DeclaredSources {
  connectDomains: string[]
  resourceDomains: string[]
  frameDomains: string[]
  baseUriDomains: string[]
}

const MAX_QUERY = 8000
const MAX_SOURCES = 50
/** An origin, whose first label may be a wildcard. Anything else could add directives to the policy. */
const SOURCE = /^(?:https?|wss?):\/\/(?:\*\.)?[a-z\d][a-z\d.-]*(?::\d{1,5})?$/i

/**
 * Announces itself to the page around, and becomes the document that the page sends. From then on the app talks to the
 * page by itself.
 */
const SCRIPT = `addEventListener('message', function receive({ source, data }) {
  if (source !== parent || data?.method !== 'ui/notifications/sandbox-resource-ready') return
  removeEventListener('message', receive)
  document.open()
  document.write(data.params.html)
  document.close()
})
parent.postMessage({ jsonrpc: '2.0', method: 'ui/notifications/sandbox-proxy-ready', params: {} }, '*')`

/**
 * Returns the document that an MCP App runs in. It has an opaque origin, also when it is opened by itself, and may load
 * and connect to what the app declares, but not to this server.
 */
export function showSandbox(request: Request): Response {
  const { searchParams, host } = new URL(request.url)
  const own = [host, request.headers.get('host')]
  const html = `<!doctype html><meta charset="utf-8"><title>MCP App</title><script>${SCRIPT}</script>`
  return new Response(html, {
    headers: {
      ...HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': buildPolicy(readSources(searchParams.get('csp'), own)),
      // frame-ancestors is what browsers go by
      'x-frame-options': 'SAMEORIGIN',
    },
  })
}

function buildPolicy(sources: DeclaredSources): string {
  const { connectDomains, resourceDomains, frameDomains, baseUriDomains } = sources
  const loaded = resourceDomains.join(' ')
  const orNone = (list: readonly string[]): string => list.join(' ') || "'none'"
  return [
    "default-src 'none'",
    `script-src 'unsafe-inline' blob: ${loaded}`,
    `style-src 'unsafe-inline' ${loaded}`,
    `img-src data: blob: ${loaded}`,
    `font-src data: ${loaded}`,
    `media-src data: blob: ${loaded}`,
    `worker-src blob: ${loaded}`,
    `connect-src ${orNone(connectDomains)}`,
    `frame-src ${orNone(frameDomains)}`,
    `base-uri ${orNone(baseUriDomains)}`,
    "form-action 'none'",
    "object-src 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-scripts allow-forms',
  ]
    .map((directive) => directive.trim())
    .join('; ')
}

/** Reads what an app declares. Malformed sources, and this server, are left out. */
function readSources(text: string | null, ownHosts: readonly (string | null)[]): DeclaredSources {
  const declared = parse(text)
  const read = (name: keyof DeclaredSources): string[] => {
    const list = declared[name]
    if (!Array.isArray(list)) return []
    return list
      .filter((source): source is string => typeof source === 'string' && SOURCE.test(source))
      .filter((source) => !ownHosts.includes(source.replace(/^\w+:\/\//, '').toLowerCase()))
      .slice(0, MAX_SOURCES)
  }
  return {
    connectDomains: read('connectDomains'),
    resourceDomains: read('resourceDomains'),
    frameDomains: read('frameDomains'),
    baseUriDomains: read('baseUriDomains'),
  }
}

function parse(text: string | null): Partial<Record<keyof DeclaredSources, unknown>> {
  if (text === null || text.length > MAX_QUERY) return {}
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}
