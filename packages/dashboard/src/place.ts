import type { Settings } from './options.ts'

/** Who answers a request: the page, the page's assets and API, or the handler behind. */
export type Place = 'page' | 'own' | 'behind'

/** Decides who answers a request. */
export function placeOf(request: Request, path: string, settings: Settings): Place {
  const { prefix } = settings
  if (path === prefix || path === `${prefix}/`) return 'page'
  if (isBelowPrefix(path, settings)) return 'own'
  if (request.method !== 'GET') return 'behind'
  if (path === '/' && settings.path !== '/') return 'page'
  return isEndpoint(path, settings) && prefersPage(request.headers) ? 'page' : 'behind'
}

/** Returns whether a path belongs to the dashboard alone. */
export const isBelowPrefix = (path: string, { prefix }: Settings): boolean =>
  path === prefix || path.startsWith(`${prefix}/`)

/** Returns whether a path is one of the endpoint. */
export const isEndpoint = (path: string, { path: endpoint, aliases }: Settings): boolean =>
  path === endpoint || aliases.includes(path)

/** Returns whether a path is one of metadata that clients read to find the endpoint's issuer (RFC 8414, RFC 9728). */
export const isMetadata = (path: string): boolean => path.startsWith('/.well-known/')

// a client that wants a stream names its type
function prefersPage(headers: Headers): boolean {
  const accept = headers.get('accept')?.toLowerCase() ?? ''
  const page = readQuality('text/html', accept)
  return (
    page > 0 &&
    page >= Math.max(readQuality('text/event-stream', accept), readQuality('application/json', accept))
  )
}

function readQuality(type: string, accept: string): number {
  const range = accept.split(',').find((one) => one.split(';')[0]?.trim() === type)
  if (range === undefined) return 0
  const [, quality = '1'] = /;\s*q=([\d.]+)/.exec(range) ?? []
  return Number(quality)
}
