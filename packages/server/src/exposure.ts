import { localhostAllowedHostnames } from '@portico-mcp/guard'
import { HTTPServerError, invalidOption } from './http-server-error.ts'
import type { HTTPServerOptions } from './options.ts'

/**
 * What says that people other than the developer reach a server; undefined if nothing does. Headers cannot say so:
 * proxies on the same machine need not add any.
 */
export function publicBy(options: HTTPServerOptions, isLocal: boolean): string | undefined {
  const { publicUrl, trustProxy, auth, allowedHosts = [], host } = options
  if (!isLocal) return `host "${host}"`
  if (publicUrl !== undefined) return 'publicUrl'
  if (trustProxy !== undefined) return 'trustProxy'
  if (auth) return 'auth'
  const isElsewhere = (name: unknown) => !localhostAllowedHostnames().includes(String(name).toLowerCase())
  if (allowedHosts.some(isElsewhere)) return 'allowedHosts'
  return process.env.NODE_ENV === 'production' ? 'NODE_ENV=production' : undefined
}

/**
 * Whether the dashboard is served.
 *
 * @param exposedBy - What says that the server is public, if anything.
 * @throws HTTPServerError for `dashboard: true` of a public server without `authorize`, and an `authorize` that is
 * never asked.
 */
export function showsDashboard(
  { dashboard, authorize }: HTTPServerOptions,
  exposedBy: string | undefined,
): boolean {
  const isOn = dashboard ?? exposedBy === undefined
  if (!isOn) {
    if (authorize) throw invalidOption('authorize', 'has no effect without dashboard: true')
    return false
  }
  if (exposedBy === undefined || authorize) return true
  throw new HTTPServerError(
    'dashboard-needs-authorize',
    `dashboard: the server is public (${exposedBy}), and the dashboard shows the traffic of all clients: add authorize, a function that says who may see it, or leave dashboard out`,
    { option: 'dashboard' },
  )
}
