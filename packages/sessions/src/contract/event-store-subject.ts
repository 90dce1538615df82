import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { type ContractCase, newId } from '@portico-mcp/core/internal'
import type { EventStore } from '../streams/event-store.ts'

/** What the cases of `eventStoreContract` run against. */
export interface EventStoreSubject {
  store: EventStore
  /** Another client of the same storage, as another node has; the same object for a store in memory. */
  other: EventStore
  /** A store whose storage cannot be reached. Leave it out for a store that can always be reached. */
  unreachable?: EventStore
  /** How many events of one stream the store keeps; small enough to be exceeded. */
  maxEventsPerStream: number
  /** Milliseconds that the store keeps an event. */
  ttlMs: number
  /** Lets time pass. */
  pass(ms: number): Promise<void>
}

/** A case of `eventStoreContract`. */
export type EventStoreCase = ContractCase<EventStoreSubject>

export const message = (data: unknown): JSONRPCMessage => ({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data },
})

/** The id of a new stream, with characters that stores have to escape. */
export const newStream = (): string => `${newId()}/stream.1~%20`

/** Replays what followed an event: the id of its stream, and the events with their ids. */
export async function replay(
  store: EventStore,
  after: string,
): Promise<[string, [string, JSONRPCMessage][]]> {
  const events: [string, JSONRPCMessage][] = []
  const send = async (eventId: string, sent: JSONRPCMessage): Promise<void> => {
    await undefined
    events.push([eventId, sent])
  }
  return [await store.replayEventsAfter(after, { send }), events]
}
