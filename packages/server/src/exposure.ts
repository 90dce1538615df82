import { localhostAllowedHostnames } from '@portico-mcp/guard'
import { HTTPServerError, invalidOption } from './http-server-error.ts'
import type { HTTPServerOptions } from './options.ts'

/**
 * Finds the option that makes a server public, so that others than the developer may reach it. Headers of requests are
 * no evidence, because a proxy on the same machine need not add any.
 *
 * @returns The option as text; undefined if it is not set.
 */
export function findExposure(options: HTTPServerOptions, isLocal: boolean): string | undefined {
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
 * Returns whether the dashboard is on.
 *
 * @param exposedBy - What {@link findExposure} found.
 * @throws HTTPServerError if a public server has `dashboard: true` without `authorize`, or if `authorize` would have no
 *   effect.
 */
export function isDashboardOn(
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
