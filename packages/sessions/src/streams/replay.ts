import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { EventStore } from './event-store.ts'

/** An event that was read from a store. */
export type StoredEvent = [eventId: string, message: JSONRPCMessage]

/**
 * Reads the events after an event of a stream. Resolves with undefined if the event is not stored, or belongs to another
 * stream. The events are collected first, since the store names their stream only at the end.
 */
export async function replayAfter(
  store: EventStore,
  streamId: string,
  eventId: string,
): Promise<StoredEvent[] | undefined> {
  const events: StoredEvent[] = []
  const send = async (id: string, message: JSONRPCMessage): Promise<void> => void events.push([id, message])
  const found = await store.replayEventsAfter(eventId, { send })
  return found === streamId ? events : undefined
}
