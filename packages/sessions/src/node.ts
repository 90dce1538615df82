import type { LegacyContext, McpHandlerRequestOptions } from '@portico-mcp/core'
import type { KeepAlive } from '@portico-mcp/core/internal'
import type { Changes } from './changes.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { SessionsSettings } from './options.ts'
import type { Records } from './records.ts'

/** What the requests of one handler share. */
export interface Node {
  /** Tells this node from the others. */
  readonly id: string
  readonly host: LegacyContext
  readonly settings: SessionsSettings
  readonly records: Records
  readonly live: LiveSessions
  readonly changes: Changes
  readonly keepAlive: KeepAlive
  ownerOf(options: McpHandlerRequestOptions, request: Request): string
}
