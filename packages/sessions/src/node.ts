import type { LiveSessions } from './live-sessions.ts'
import type { SessionContext } from './session-context.ts'

/** What the requests of one handler share. */
export interface Node extends SessionContext {
  readonly live: LiveSessions
}
