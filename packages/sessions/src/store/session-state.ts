import type { ClientCapabilities, Implementation, LoggingLevel } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '@portico-mcp/core/internal'
import type { SessionData } from './session-store.ts'

/** What a client said in `initialize`. */
export interface InitializeParams {
  protocolVersion: string
  capabilities: ClientCapabilities
  clientInfo: Implementation
}

/** Lists whose changes a server announces. */
export type ChangingList = 'tools' | 'prompts' | 'resources'

/** What a session is, wherever it is kept. */
export interface SessionState {
  initialize: InitializeParams
  /** The negotiated revision. */
  protocolVersion: string
  /** Whose session it is; `''` for whoever has no identity. */
  owner: string
  /** Lists whose changes its server announces. */
  announcedLists: ChangingList[]
  /** Whether `resources/subscribe` is served. */
  supportsSubscriptions: boolean
  /** The handshake is complete. */
  initialized?: boolean
  /** The client has opened the standalone stream, once at least. */
  hasOpenedGetStream?: boolean
  /** The least severe level that is sent; every one where it is not set. */
  logLevel?: LoggingLevel
  /** Resources that the client wants to hear of, a key each so that two nodes can add one at once. */
  [subscription: `subscription:${string}`]: true
}

export const subscriptionKey = (uri: string): `subscription:${string}` => `subscription:${uri}`

/** The URI of a key that {@link subscriptionKey} made; undefined for any other. */
export const subscribedUri = (key: string): string | undefined =>
  key.startsWith(subscriptionKey('')) ? key.slice(subscriptionKey('').length) : undefined

/** URIs of the resources that the client wants to hear of. */
export const listSubscriptions = (state: SessionState): string[] =>
  Object.keys(state).flatMap((key) => subscribedUri(key) ?? [])

/** A state as a store keeps it. */
export const toData = (state: SessionState): SessionData => JSON.parse(JSON.stringify(state))

/** How many bytes a store keeps of a state. */
export const measureBytes = (state: SessionState): number =>
  new TextEncoder().encode(JSON.stringify(state)).length

/** The state that was kept; undefined for what is none. */
export function toState(data: SessionData | undefined): SessionState | undefined {
  const { initialize, protocolVersion, owner, announcedLists } = data ?? {}
  const isState = isObject(initialize) && Array.isArray(announcedLists)
  return isState && typeof protocolVersion === 'string' && typeof owner === 'string'
    ? (data as unknown as SessionState)
    : undefined
}

/** Whether a client of this revision takes an event without data (2025-11-25 transports). */
export const supportsPriming = ({ protocolVersion }: SessionState): boolean => protocolVersion >= '2025-11-25'

/** Whether this revision has the `MCP-Protocol-Version` header. */
export const hasVersionHeader = ({ protocolVersion }: SessionState): boolean =>
  protocolVersion >= '2025-06-18'
