import type { FetchHandler } from '@portico-mcp/core'
import type { SessionsServing } from '@portico-mcp/sessions'

/** What a dashboard is told of the server that it shows. */
export interface DashboardSetup {
  /** The path of the MCP endpoint. */
  path: string
  /** Sessions that are held here; undefined where there are none. */
  sessions: Pick<SessionsServing, 'list' | 'end'> | undefined
  /** The answer to whoever may not look; undefined where everybody on this machine may. */
  refuse: ((request: Request) => Promise<Response | undefined>) | undefined
}

/**
 * Puts the dashboard in front of what is served: it answers `/`, and browsers at the endpoint.
 *
 * @param served - Everything else, the endpoint behind its gate included.
 */
export const withDashboard = (served: FetchHandler, _setup: DashboardSetup): FetchHandler => served
