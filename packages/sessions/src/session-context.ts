import type { LegacyContext, McpHandlerRequestOptions } from '@portico-mcp/core'
import type { KeepAlive } from '@portico-mcp/core/internal'
import type { SessionsSettings } from './options.ts'
import type { Records } from './store/records.ts'
import type { Changes } from './streams/changes.ts'

/** What the sessions of one handler on one node share. */
export interface SessionContext {
  /** Identifies this node among the others. */
  readonly id: string
  readonly host: LegacyContext
  readonly settings: SessionsSettings
  readonly records: Records
  readonly changes: Changes
  readonly keepAlive: KeepAlive
  ownerOf(options: McpHandlerRequestOptions, request: Request): string
}
