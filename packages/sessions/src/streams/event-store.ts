import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

/** A message that only marks a place. */
export const MARK = {} as JSONRPCMessage

/** Marks the end of the stream of a call that gets no answer: its client has cancelled it. */
export const ENDED = { ended: true } as unknown as JSONRPCMessage

/** Whether a message, as a store gives it back, is {@link ENDED}. */
export const isEnd = (message: JSONRPCMessage): boolean => 'ended' in message

/** Milliseconds after which a quiet stream gets a new place to come back to: stores forget the old one. */
export const RENEW_MS = 120_000

/** Takes the events of a replay, one after the other. */
export interface ReplayListener {
  /** Takes an event; it is waited for before the next one is sent. */
  send(eventId: string, message: JSONRPCMessage): Promise<void>
}

/**
 * Where the events of resumable streams are kept, for clients that come back with `Last-Event-ID`; the
 * interface of the 1.x SDK's `EventStore`.
 *
 * A stream id is `<scope>/<stream>`, in letters, digits, `-`, `_`, `.`, `~` and `%`, at most 1000 characters; the
 * scope is a session's own, or `changes`. An event id is the store's own choice: visible ASCII, at most 200 characters, unique among
 * all streams and across restarts.
 *
 * Within a stream an event becomes visible in the order of its id: whoever has been sent an event has been
 * sent, or never will be, every one before it. A message may be no JSON-RPC: `{}` marks a place, and `{ ended: true }`
 * the end of a stream that has no answer. Both are replayed as they are.
 *
 * An implementation is bounded: old events of a stream go, and whole streams in time, which is five minutes or
 * more: a stream that is open and quiet gets a mark every two. One that keeps them for less gives clients only
 * that long to come back, also to the answer of a call. Below two and a half minutes, quiet streams may end while
 * they are open, and their clients come back to be told of every change that they asked for.
 *
 * It rejects where the storage cannot be reached. `eventStoreContract` of `@portico-mcp/sessions/contract` tests one.
 */
export interface EventStore {
  /** Adds an event to the end of a stream, and resolves with its id once a replay would send it. */
  storeEvent(streamId: string, message: JSONRPCMessage): Promise<string>
  /** The stream of an event; `undefined` where it is not kept. */
  getStreamIdForEventId?(eventId: string): Promise<string | undefined>
  /**
   * Sends what followed an event on its stream, in order, and nothing of another stream.
   *
   * @returns The stream; `''` where the event itself is no longer kept, or never was, and then nothing is
   *   sent: what followed could have a gap.
   */
  replayEventsAfter(lastEventId: string, listener: ReplayListener): Promise<string>
  /** Forgets every stream of a scope. A store that leaves it out forgets them in time. */
  deleteEvents?(scope: string): Promise<void>
}
