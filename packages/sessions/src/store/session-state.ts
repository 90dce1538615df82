import type { ClientCapabilities, Implementation, LoggingLevel } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '@portico-mcp/core/internal'
import type { SessionData } from './session-store.ts'

/** The `params` of the client's `initialize` request. */
export interface InitializeParams {
  protocolVersion: string
  capabilities: ClientCapabilities
  clientInfo: Implementation
}

/** A list whose changes a server can announce. */
export type ChangingList = 'tools' | 'prompts' | 'resources'

/** The state of a session, in a store or in an encrypted session id. */
export interface SessionState {
  initialize: InitializeParams
  /** The negotiated protocol version. */
  protocolVersion: string
  /** The owner, or `''` for an anonymous caller. */
  owner: string
  /** The lists for which the server declared `listChanged`. */
  announcedLists: ChangingList[]
  /** Whether the server declared `resources.subscribe`. */
  supportsSubscriptions: boolean
  /** Whether the client has sent `notifications/initialized`. */
  initialized?: boolean
  /** Whether the client has opened a GET stream at least once. */
  hasOpenedGetStream?: boolean
  /** The least severe level of log messages that are sent. If it is undefined, all of them are sent. */
  logLevel?: LoggingLevel
  /** Subscribed resources. Each has its own key, so that two nodes can add one at the same time. */
  [subscription: `subscription:${string}`]: true
}

export const subscriptionKey = (uri: string): `subscription:${string}` => `subscription:${uri}`

/** Returns the URI of a key made by {@link subscriptionKey}, or undefined for any other key. */
export const subscribedUri = (key: string): string | undefined =>
  key.startsWith(subscriptionKey('')) ? key.slice(subscriptionKey('').length) : undefined

/** Lists the URIs of the resources that the client has subscribed to. */
export const listSubscriptions = (state: SessionState): string[] =>
  Object.keys(state).flatMap((key) => subscribedUri(key) ?? [])

/** Converts a state to data for a store. */
export const toData = (state: SessionState): SessionData => JSON.parse(JSON.stringify(state))

/** Measures a state as stored: the bytes of its JSON. */
export const measureBytes = (state: SessionState): number =>
  new TextEncoder().encode(JSON.stringify(state)).length

/** Reads a state from stored data. Returns undefined for anything else. */
export function toState(data: SessionData | undefined): SessionState | undefined {
  const { initialize, protocolVersion, owner, announcedLists } = data ?? {}
  const isState = isObject(initialize) && Array.isArray(announcedLists)
  return isState && typeof protocolVersion === 'string' && typeof owner === 'string'
    ? (data as unknown as SessionState)
    : undefined
}

/** Whether clients of this protocol version accept priming events, which have empty data (2025-11-25 transports). */
export const supportsPriming = ({ protocolVersion }: SessionState): boolean => protocolVersion >= '2025-11-25'

/** Whether this protocol version has the `MCP-Protocol-Version` header. */
export const hasVersionHeader = ({ protocolVersion }: SessionState): boolean =>
  protocolVersion >= '2025-06-18'
