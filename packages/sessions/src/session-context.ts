import type { LegacyContext, McpHandlerRequestOptions } from '@portico-mcp/core'
import type { KeepAlive } from '@portico-mcp/core/internal'
import type { SessionsSettings } from './options.ts'
import type { SessionRepository } from './store/session-repository.ts'
import type { ChangeFeed } from './streams/change-feed.ts'

/** What the sessions of one handler on one node share. */
export interface SessionContext {
  /** Identifies this node among the others. */
  readonly id: string
  readonly handlerContext: LegacyContext
  readonly settings: SessionsSettings
  readonly repository: SessionRepository
  readonly changeFeed: ChangeFeed
  readonly keepAlive: KeepAlive
  getOwner(options: McpHandlerRequestOptions, request: Request): string
}
