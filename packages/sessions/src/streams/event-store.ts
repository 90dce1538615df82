import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

/** A stored message that only marks a position. */
export const MARK = {} as JSONRPCMessage

/** A stored message that ends the stream of a call without an answer, which the client has cancelled. */
export const ENDED = { ended: true } as unknown as JSONRPCMessage

/** Whether a message that was read from a store is {@link ENDED}. */
export const isEnd = (message: JSONRPCMessage): boolean => 'ended' in message

/** Milliseconds after which a quiet stream gets a new position, since stores remove old events. */
export const RENEW_MS = 120_000

/** Receives the events of a replay. */
export interface ReplayListener {
  /** Receives an event. The store awaits the promise before it sends the next one. */
  send(eventId: string, message: JSONRPCMessage): Promise<void>
}

/**
 * Stores the events of resumable streams, for clients that reconnect with `Last-Event-ID`. It is compatible with the
 * `EventStore` of the 1.x SDK.
 *
 * A stream id is `<scope>/<stream>`: letters, digits, `-`, `_`, `.`, `~` and `%`, at most 1000 characters. The scope is
 * the key of a session, or `changes`. The store chooses the event ids: visible ASCII, at most 200 characters, unique
 * across all streams and restarts.
 *
 * The events of a stream become visible in one order. Once a replay has sent an event, no event before it may appear
 * later. A message need not be JSON-RPC: `{}` marks a position, and `{ ended: true }` ends a stream that has no answer.
 * Both are replayed unchanged.
 *
 * An implementation limits what it stores: it removes old events of a stream, and streams after five minutes or more. An
 * open stream without events gets a mark every two minutes. If events are kept for a shorter time, clients have only that
 * time to reconnect, also for the answer of a call. Below two and a half minutes, quiet streams may end while they are
 * open. Their clients reconnect and are notified of every change that they asked for.
 *
 * Every method rejects if the storage cannot be reached. To test an implementation, run `eventStoreContract` of
 * `@portico-mcp/sessions/contract`.
 */
export interface EventStore {
  /** Appends an event to a stream. Resolves with its id, once a replay includes it. */
  storeEvent(streamId: string, message: JSONRPCMessage): Promise<string>
  /** Resolves with the stream id of an event, or `undefined` if the event is not stored. */
  getStreamIdForEventId?(eventId: string): Promise<string | undefined>
  /**
   * Sends the events after an event of a stream, in order.
   *
   * @returns The stream id, or `''` if the event is not stored. Then nothing is sent, since the events after it could
   *   have a gap.
   */
  replayEventsAfter(lastEventId: string, listener: ReplayListener): Promise<string>
  /** Deletes all streams of a scope. If a store leaves this method out, they are removed after their time. */
  deleteEvents?(scope: string): Promise<void>
}
