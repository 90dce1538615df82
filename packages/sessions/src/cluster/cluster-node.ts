import type { LocalSessions } from '../local-sessions.ts'
import type { SessionContext } from '../session-context.ts'

/** State that all requests of one handler share on this node. */
export interface ClusterNode extends SessionContext {
  readonly localSessions: LocalSessions
}
