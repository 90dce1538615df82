import type { Settings } from './options.ts'

/** Where a request belongs: to the page, to what the page needs, or behind it. */
export type Place = 'page' | 'own' | 'behind'

/** The one place that decides what a request is for. */
export function placeOf(request: Request, path: string, settings: Settings): Place {
  const { prefix } = settings
  if (path === prefix || path === `${prefix}/`) return 'page'
  if (isBelowPrefix(path, settings)) return 'own'
  if (request.method !== 'GET') return 'behind'
  if (path === '/' && settings.path !== '/') return 'page'
  return isEndpoint(path, settings) && prefersPage(request.headers) ? 'page' : 'behind'
}

/** Whether a path is the dashboard's alone. */
export const isBelowPrefix = (path: string, { prefix }: Settings): boolean =>
  path === prefix || path.startsWith(`${prefix}/`)

/** Whether MCP is served at a path. */
export const isEndpoint = (path: string, { path: endpoint, aliases }: Settings): boolean =>
  path === endpoint || aliases.includes(path)

/** Whether clients ask for a path on their way to the endpoint: RFC 8414, RFC 9728. */
export const isMetadata = (path: string): boolean => path.startsWith('/.well-known/')

// who wants a stream says so
function prefersPage(headers: Headers): boolean {
  const accept = headers.get('accept')?.toLowerCase() ?? ''
  const page = qualityOf('text/html', accept)
  return (
    page > 0 &&
    page >= Math.max(qualityOf('text/event-stream', accept), qualityOf('application/json', accept))
  )
}

function qualityOf(type: string, accept: string): number {
  const range = accept.split(',').find((one) => one.split(';')[0]?.trim() === type)
  if (range === undefined) return 0
  const [, quality = '1'] = /;\s*q=([\d.]+)/.exec(range) ?? []
  return Number(quality)
}
