import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import type { BusMessage } from '../cluster/session-bus.ts'
import type { SessionState } from '../store/session-state.ts'
import type { Call } from '../transport/call.ts'
import { isRelevant } from './change-feed.ts'
import { GET_STREAM } from './event-id.ts'

/** Reads a stream of a session from the store, for a client that came back. */
export interface StreamReader {
  readonly stream: string
  /** Looks for more to read. */
  wake(): void
  /** Takes note that a node still runs the call. */
  alive(): void
  /** Ends, since another reader has taken over. */
  end(): void
}

/** The stream that no request opened. */
export interface ServerStream {
  /** Whether it has its place: what is sent from now on reaches it. */
  readonly isReady: boolean
  /** Writes a message that no store keeps. */
  write(message: JSONRPCMessage): void
  /** Announces a change. */
  announce(event: ServerEvent): void
  /** Looks for more to read. */
  wake(): void
  end(): void
}

/** What streams need of their session. */
export interface StreamsContext {
  readonly key: string
  readonly state: SessionState
  readonly calls: { values(): Iterable<Call> }
  /** Tells the other nodes. */
  broadcast(message: BusMessage): Promise<void>
}

/** The streams of a session that are open on this node. */
export class SessionStreams {
  /** The stream that no request opened, if this node has it. */
  getStream: ServerStream | undefined
  readonly readers: Set<StreamReader> = new Set()
  /** Streams of calls that are being written here. The last event may come after the call is over. */
  readonly writing: Set<string> = new Set()
  readonly #session: StreamsContext

  constructor(session: StreamsContext) {
    this.#session = session
  }

  /** Whether any is read here. */
  get hasReaders(): boolean {
    return this.getStream !== undefined || this.readers.size > 0
  }

  getReaders(stream: unknown): StreamReader[] {
    return [...this.readers].filter((reader) => reader.stream === stream)
  }

  /** Lets the readers of a stream look for more, on every node. */
  wake(stream: string): void {
    // a session has one standalone stream on all nodes
    if (stream === GET_STREAM && this.getStream) this.getStream.wake()
    else {
      for (const reader of this.getReaders(stream)) reader.wake()
      void this.#session.broadcast({ kind: 'streamUpdated', stream })
    }
  }

  /** Takes a stream from those that read or write it, on every node. */
  takeOver(stream: string): void {
    this.leave(stream)
    void this.#session.broadcast({ kind: 'streamTakenOver', stream })
  }

  /** Leaves a stream to another reader. */
  leave(stream: string): void {
    if (stream === GET_STREAM) this.getStream?.end()
    for (const reader of this.getReaders(stream)) reader.end()
    for (const call of this.#session.calls.values()) if (call.streamName === stream) call.disconnect()
  }

  /** Passes on a change that concerns the session. */
  announce(event: ServerEvent): void {
    const { key, state } = this.#session
    if (this.getStream && isRelevant(event, key, state)) this.getStream.announce(event)
  }

  /** Ends all that are read here. */
  end(): void {
    for (const reader of this.readers) reader.end()
    this.getStream?.end()
  }
}
