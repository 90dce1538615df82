import type { LocalSessions } from '../local-sessions.ts'
import type { SessionContext } from '../session-context.ts'

/** What the requests of one handler share. */
export interface ClusterNode extends SessionContext {
  readonly localSessions: LocalSessions
}
