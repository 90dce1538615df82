import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import type { BusMessage } from '../cluster/session-bus.ts'
import type { SessionState } from '../store/session-state.ts'
import type { Call } from '../transport/call.ts'
import { isRelevant } from './change-feed.ts'
import { GET_STREAM } from './event-id.ts'

/** Reads a stream of a session from the event store, for a client that has reconnected. */
export interface StreamReader {
  readonly stream: string
  /** Reads the store for new events. */
  wake(): void
  /** Called when another node confirms that it still runs the call. */
  alive(): void
  /** Ends the reader, because another one has taken over. */
  end(): void
}

/** The GET stream of a session. */
export interface ServerStream {
  /** Whether the stream has a position, so that everything sent from now on reaches the client. */
  readonly isReady: boolean
  /** Writes a message that is not stored. */
  write(message: JSONRPCMessage): void
  /** Notifies the client of a change. */
  announce(event: ServerEvent): void
  /** Reads the store for new messages. */
  wake(): void
  end(): void
}

/** The members of a session that its streams use. */
export interface StreamsContext {
  readonly key: string
  readonly state: SessionState
  readonly calls: { values(): Iterable<Call> }
  /** Sends a message to the other nodes. */
  broadcast(message: BusMessage): Promise<void>
}

/** The open streams of a session on this node. */
export class SessionStreams {
  /** The GET stream, if it is open on this node. */
  getStream: ServerStream | undefined
  readonly readers: Set<StreamReader> = new Set()
  /** Names of streams of calls that this node writes. The last event may be written after the call is over. */
  readonly writing: Set<string> = new Set()
  readonly #session: StreamsContext

  constructor(session: StreamsContext) {
    this.#session = session
  }

  /** Whether a client reads a stream on this node. */
  get hasReaders(): boolean {
    return this.getStream !== undefined || this.readers.size > 0
  }

  getReaders(stream: unknown): StreamReader[] {
    return [...this.readers].filter((reader) => reader.stream === stream)
  }

  /** Lets the readers of a stream read new events, on every node. */
  wake(stream: string): void {
    // A session has at most one GET stream on all nodes together, so no other node needs to be notified.
    if (stream === GET_STREAM && this.getStream) this.getStream.wake()
    else {
      for (const reader of this.getReaders(stream)) reader.wake()
      void this.#session.broadcast({ kind: 'streamUpdated', stream })
    }
  }

  /** Ends all readers of a stream and disconnects its writer, on every node, before a new reader starts. */
  takeOver(stream: string): void {
    this.leave(stream)
    void this.#session.broadcast({ kind: 'streamTakenOver', stream })
  }

  /** Ends the readers of a stream on this node, because another reader has taken over. */
  leave(stream: string): void {
    if (stream === GET_STREAM) this.getStream?.end()
    for (const reader of this.getReaders(stream)) reader.end()
    for (const call of this.#session.calls.values()) if (call.streamName === stream) call.disconnect()
  }

  /** Notifies the client of a change, if the session asked for it. */
  announce(event: ServerEvent): void {
    const { key, state } = this.#session
    if (this.getStream && isRelevant(event, key, state)) this.getStream.announce(event)
  }

  /** Ends all streams that clients read on this node. */
  end(): void {
    for (const reader of this.readers) reader.end()
    this.getStream?.end()
  }
}
