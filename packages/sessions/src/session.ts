import type { MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import { type McpRequestContext, Refusal } from '@portico-mcp/core'
import { claimRequests, type RequestClaims } from './cluster/request-claims.ts'
import type { BusMessage } from './cluster/session-bus.ts'
import { wrapStoreErrors } from './refusals.ts'
import type { SessionContext } from './session-context.ts'
import { RecordState } from './store/record-state.ts'
import type { LoadedSession } from './store/session-repository.ts'
import type { SessionState } from './store/session-state.ts'
import type { SessionChanges } from './store/session-store.ts'
import { SessionStreams } from './streams/session-streams.ts'
import { TaskQueue } from './task-queue.ts'
import type { Call } from './transport/call.ts'
import type { ConnectedServer } from './transport/connected-server.ts'
import { Questions } from './transport/questions.ts'
import { RunningCalls } from './transport/running-calls.ts'
import { SessionServer } from './transport/session-server.ts'
import type { SessionTransportListener } from './transport/session-transport.ts'

type ServerMessage = Parameters<SessionTransportListener['onsend']>
type ServerArguments = [context: McpRequestContext, extra: MessageExtraInfo]

/** The operations of a session that depend on modules which import this one. */
export interface SessionBehaviour {
  /** Handles a message from another node. */
  onBusMessage(session: Session, message: BusMessage): void
  /** Sends a message of the server to the client. */
  onServerMessage(session: Session, ...message: ServerMessage): Promise<void> | void
  /** Builds the server and repeats the handshake of the client with it. */
  restoreServer(session: Session, ...args: ServerArguments): Promise<ConnectedServer>
  /** Closes the session on this node and removes it from the list of local sessions. */
  drop(session: Session, failure: Refusal): Promise<void>
}

/**
 * A session on this node: its running calls, its open streams, and its server, which is built when it is first needed.
 * The bus carries messages to the other nodes.
 */
export class Session {
  readonly node: SessionContext
  readonly loaded: LoadedSession
  /** The caller whose share of `maxSessions` the session takes. */
  readonly holder: string
  /** When this node opened the session, in milliseconds since the epoch. */
  readonly openedAt: number = Date.now()
  /** When this node last extended the life of the record, by `performance.now()`. */
  touchedAt: number = Number.NEGATIVE_INFINITY
  /** The number of HTTP requests in this session that have no response yet. */
  activeRequests = 0
  readonly calls: RunningCalls = new RunningCalls()
  readonly record: RecordState
  /** Serializes writes to the record and to the stored GET stream. */
  readonly queue: TaskQueue = new TaskQueue()
  readonly streams: SessionStreams = new SessionStreams(this)
  /** Requests that the server on this node has sent to the client. */
  readonly questions: Questions = new Questions()
  /** Prevents a request from running on two nodes. Undefined if no other node can serve the session. */
  readonly claims: RequestClaims | undefined
  /** Settles once the questions that the server asked before its first request are answered, or have timed out. */
  startupQuestions: Promise<void> | undefined

  readonly #behaviour: SessionBehaviour
  readonly #server: SessionServer<ServerArguments>
  #stopListening: (() => void) | undefined
  #usedAt = performance.now()
  #end: Refusal | undefined

  constructor(node: SessionContext, loaded: LoadedSession, holder: string, behaviour: SessionBehaviour) {
    this.node = node
    this.loaded = loaded
    this.record = new RecordState(loaded)
    this.holder = holder
    this.#behaviour = behaviour
    this.#server = new SessionServer({
      key: loaded.key,
      restore: (...args) => behaviour.restoreServer(this, ...args),
      onsend: (...sent) => behaviour.onServerMessage(this, ...sent),
      onlost: () => this.#failCalls(new Refusal('internal', 'The server closed before it answered')),
      checkOpen: () => this.checkOpen(),
    })
    this.claims = claimRequests(node.repository, loaded)
  }

  get key(): string {
    return this.loaded.key
  }

  get state(): SessionState {
    return this.loaded.state
  }

  get isEnded(): boolean {
    return this.#end !== undefined
  }

  /** @throws the refusal that the session ended with, if it has ended. */
  checkOpen(): void {
    if (this.#end) throw this.#end
  }

  /** Milliseconds since the session was last used. */
  get idleMs(): number {
    return performance.now() - this.#usedAt
  }

  /** Marks the session as used now. */
  use(): void {
    this.#usedAt = performance.now()
  }

  /** Whether a client waits for a response. */
  get isAnswering(): boolean {
    return this.activeRequests > 0 || this.calls.size > 0 || this.streams.writing.size > 0
  }

  /** Whether a request is running or a stream is open. */
  get isBusy(): boolean {
    return this.isAnswering || this.streams.hasReaders
  }

  /** The server on this node, once it has completed the handshake. */
  get connected(): ConnectedServer | undefined {
    return this.#server.connected
  }

  /** Subscribes to the messages that other nodes send for this session. */
  async open(): Promise<void> {
    const { bus } = this.node.settings
    if (!bus) return
    const listening = bus.listen(this.key, (message) => this.#behaviour.onBusMessage(this, message))
    this.#stopListening = await wrapStoreErrors(listening)
    if (this.#end) this.#stopListening()
  }

  /** Closes the session on this node and removes it from the list of local sessions. The record stays. */
  drop(failure: Refusal): Promise<void> {
    return this.#behaviour.drop(this, failure)
  }

  /** Ends running calls, open streams and the server on this node. The record stays. */
  async close(failure: Refusal): Promise<void> {
    if (this.#end) return
    this.#end = failure
    this.#stopListening?.()
    this.#failCalls(failure)
    this.streams.end()
    await this.#server.close()
    await this.claims?.close()
  }

  /** Changes the record and notifies the other nodes. */
  async change(changes: SessionChanges): Promise<void> {
    await wrapStoreErrors(this.node.repository.change(this.loaded, changes))
    this.record.apply(changes)
    await this.broadcast({ kind: 'recordChanged', changes })
  }

  /** Sends a message to the other nodes. A failure of the bus is reported. */
  async broadcast(message: BusMessage): Promise<void> {
    const { id, settings, handlerContext } = this.node
    try {
      await settings.bus?.send(this.key, { ...message, from: id })
    } catch (error) {
      handlerContext.report(error)
    }
  }

  /**
   * Takes over the server that answered `initialize`.
   *
   * @throws if the session has ended. The server stays open then.
   */
  adopt(connected: ConnectedServer): void {
    this.checkOpen()
    this.#server.adopt(connected)
  }

  /**
   * Returns the server of the session, and builds it first if this process has none.
   *
   * @throws if the session has ended.
   */
  server(...args: ServerArguments): Promise<ConnectedServer> {
    return this.#server.get(...args)
  }

  /** Ends a call. */
  finish(call: Call): void {
    this.calls.delete(call)
    this.claims?.release(call)
    this.questions.forget(call)
    this.use()
  }

  #failCalls(failure: Refusal): void {
    this.calls.fail(failure)
    this.questions.clear()
  }
}
