import type { FetchHandler } from '@portico-mcp/core'
import { withDashboard } from '@portico-mcp/dashboard'
import { localhostAllowedHostnames } from '@portico-mcp/guard'
import type { SessionsServing } from '@portico-mcp/sessions'
import { reading } from './http-server-error.ts'
import type { Settings } from './read-options.ts'

/** Everything that is served, with a dashboard in front. */
export interface Shown extends FetchHandler {
  /** The address of the page, with the secret that opens it; undefined if the dashboard is off. */
  dashboardUrl(origin: string | URL): string | undefined
  /** Ends the streams that the dashboard has open, and nothing else. */
  close(): Promise<void>
}

/**
 * Puts the dashboard in front of what is served: it answers `/`, and browsers at the endpoint. Where `authorize` is
 * not given, the secret of its address opens it; to everyone else it answers as an unknown path does.
 *
 * @param served - Everything else, the endpoint behind its gate included.
 * @param sessions - Sessions that are held here; undefined without sessions.
 * @param onerror - Hears of an `authorize` that throws.
 */
export function addDashboard(
  { fetch }: FetchHandler,
  settings: Settings,
  sessions: SessionsServing | undefined,
  onerror: (error: Error) => void,
): Shown {
  const [path, ...aliases] = settings.paths
  const { authorize } = settings
  const key = process.env[KEY_VARIABLE]
  const options = {
    path,
    aliases,
    notFound: fetch,
    onerror,
    ...(sessions && { sessions }),
    ...(authorize ? { authorize, allowedHosts: hostsOf(settings) } : key && { key }),
  }
  return reading(key ? KEY_VARIABLE : undefined, () =>
    withDashboard({ fetch, close: async () => {} }, options),
  )
}

/** Set by `portico-server --watch`, so that a page that is open stays open when the server starts again. */
export const KEY_VARIABLE = 'PORTICO_DASHBOARD_KEY'

function hostsOf({ publicUrl, allowedHosts = [] }: Settings): string[] {
  const named = allowedHosts.filter((host) => typeof host === 'string')
  return [...localhostAllowedHostnames(), ...named, ...(publicUrl ? [publicUrl.hostname] : [])]
}
