import type { FetchHandler } from '@portico-mcp/core'
import { dashboard } from '@portico-mcp/dashboard'
import { localhostAllowedHostnames } from '@portico-mcp/guard'
import type { SessionsServing } from '@portico-mcp/sessions'
import type { Settings } from './read-options.ts'

/** What a dashboard is told of the server that it shows. */
export interface DashboardSetup {
  settings: Settings
  /** Sessions that are held here; undefined where there are none. */
  sessions: SessionsServing | undefined
  /** The answer to whoever may not look, elsewhere than on this machine. */
  refuse: ((request: Request) => Promise<Response | undefined>) | undefined
}

/** What is served, with a dashboard in front. */
export interface Shown extends FetchHandler {
  /** Ends what the dashboard has open, and nothing else. */
  close(): Promise<void>
}

/**
 * Puts the dashboard in front of what is served: it answers `/`, and browsers at the endpoint. On this machine
 * everybody may look; elsewhere, whoever has a token.
 *
 * @param served - Everything else, the endpoint behind its gate included.
 */
export function withDashboard(
  { fetch }: FetchHandler,
  { settings, sessions, refuse }: DashboardSetup,
): Shown {
  const [path, ...aliases] = settings.paths
  const { fetch: shown, close } = dashboard(
    { fetch, close: async () => {} },
    {
      path,
      aliases,
      ...(sessions && { sessions }),
      ...(!settings.isLocal && refuse && { ...elsewhere(settings), authorize: permit(refuse) }),
    },
  )
  return { fetch: shown, close }
}

const permit =
  (refuse: NonNullable<DashboardSetup['refuse']>) =>
  async (request: Request): Promise<true | Response> =>
    (await refuse(request)) ?? true

function elsewhere({ publicUrl, allowedHosts = [] }: Settings): { allowedHosts: string[] } {
  const named = allowedHosts.filter((host) => typeof host === 'string')
  return {
    allowedHosts: [...localhostAllowedHostnames(), ...named, ...(publicUrl ? [publicUrl.hostname] : [])],
  }
}
