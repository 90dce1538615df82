import type { FetchHandler } from '@portico-mcp/core'
import { withDashboard } from '@portico-mcp/dashboard'
import { localhostAllowedHostnames } from '@portico-mcp/guard'
import type { EndpointSessions } from './endpoint.ts'
import { withOptionErrors } from './http-server-error.ts'
import type { Settings } from './read-options.ts'

/** A handler with the dashboard in front. */
export interface DashboardHandler extends FetchHandler {
  /** The address of the page, with the secret that opens it; undefined if the dashboard is off. */
  dashboardUrl(origin: string | URL): string | undefined
  /** Ends the streams that the dashboard has open, and nothing else. */
  close(): Promise<void>
}

/**
 * Puts the dashboard in front of a handler: it answers `/`, and browsers that open the endpoint. Without `authorize`,
 * the secret in its address opens it; anyone else gets the response of an unknown path.
 *
 * @param handler - Everything else that the server serves.
 * @param sessions - The sessions of this process; undefined without sessions.
 * @param onerror - Called with the error if `authorize` throws.
 */
export function createDashboard(
  { fetch }: FetchHandler,
  settings: Settings,
  sessions: EndpointSessions | undefined,
  onerror: (error: Error) => void,
): DashboardHandler {
  const [path, ...aliases] = settings.paths
  const { authorize, audits } = settings
  const key = process.env[KEY_VARIABLE]
  const options = {
    path,
    aliases,
    notFound: fetch,
    onerror,
    sessions,
    audits,
    ...(authorize ? { authorize, allowedHosts: listHosts(settings) } : key && { key }),
  }
  return withOptionErrors(key ? KEY_VARIABLE : undefined, () =>
    withDashboard({ fetch, close: async () => {} }, options),
  )
}

/** Set by `portico-server --watch`, so that a page that is open stays open when the server starts again. */
export const KEY_VARIABLE = 'PORTICO_DASHBOARD_KEY'

function listHosts({ publicUrl, allowedHosts = [] }: Settings): string[] {
  const named = allowedHosts.filter((host) => typeof host === 'string')
  return [...localhostAllowedHostnames(), ...named, ...(publicUrl ? [publicUrl.hostname] : [])]
}
