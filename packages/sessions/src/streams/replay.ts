import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { EventStore } from './event-store.ts'

/** An event as a store gives it back. */
export type StoredEvent = [eventId: string, message: JSONRPCMessage]

/**
 * What followed an event on a stream; undefined where the event is not kept, or is another stream's. Nothing
 * is handed on before the store has said which stream it is.
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
