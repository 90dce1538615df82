import type { LegacyContext, McpHandlerRequestOptions } from '@portico-mcp/core'
import type { KeepAlive } from '@portico-mcp/core/internal'
import type { SessionsSettings } from './options.ts'
import type { SessionRepository } from './store/session-repository.ts'
import type { ChangeFeed } from './streams/change-feed.ts'

/** State that all sessions of one handler share on this node. */
export interface SessionContext {
  /** Identifies this node on the bus. */
  readonly id: string
  readonly handlerContext: LegacyContext
  readonly settings: SessionsSettings
  readonly repository: SessionRepository
  readonly changeFeed: ChangeFeed
  readonly keepAlive: KeepAlive
  getOwner(options: McpHandlerRequestOptions, request: Request): string
}
