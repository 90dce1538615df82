import type { MessageExtraInfo, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { type McpRequestContext, Refusal, type ServerEvent } from '@portico-mcp/core'
import { invalidRequest } from '@portico-mcp/core/internal'
import type { Call } from './call.ts'
import { changed } from './changed.ts'
import { concerns } from './changes.ts'
import { STANDALONE } from './event-id.ts'
import { hear } from './hear.ts'
import type { Node } from './node.ts'
import { Questions } from './questions.ts'
import type { Found } from './records.ts'
import { reached } from './refusals.ts'
import { RequestClaims } from './request-claims.ts'
import { sendToClient } from './send.ts'
import { type ConnectedServer, restoreServer } from './server.ts'
import type { BusMessage } from './session-bus.ts'
import { type SessionState, toData } from './session-state.ts'
import type { SessionChanges } from './session-store.ts'
import type { Standalone } from './standalone.ts'

/** Reads a stream of a session from the store, on behalf of a client that came back. */
export interface StreamReader {
  readonly stream: string
  /** There may be more to read. */
  wake(): void
  /** A node says that it still runs the call. */
  alive(): void
  /** Another reader has taken over. */
  end(): void
}

/**
 * A session as one node has it: what runs here, what is open here, and the server, once it is needed. What
 * concerns another node goes over the bus.
 */
export class Session {
  readonly node: Node
  readonly found: Found
  /** Who it counts for where room is made. */
  readonly holder: string
  /** Milliseconds of the clock since when this node has it. */
  readonly openedAt: number = Date.now()
  /** When this node last put off the record's end, in milliseconds of the clock that is never set. */
  touchedAt: number = Number.NEGATIVE_INFINITY
  /** Requests of the client that are being taken in. */
  entered = 0
  /** Calls that run here, by the ids of their requests. */
  readonly calls: Map<RequestId, Call> = new Map()
  /** Streams of calls that are being written here; the last event may come after the call is over. */
  readonly written: Set<string> = new Set()
  /** What the server here has asked. */
  readonly questions: Questions = new Questions()
  /** What keeps a request from running on two nodes; undefined where no other node can serve the session. */
  readonly claims: RequestClaims | undefined
  /** The stream that no request opened, if this node has it. */
  standalone: Standalone | undefined
  readonly readers: Set<StreamReader> = new Set()
  /** The server, once it has met the client. */
  connected: ConnectedServer | undefined
  /** Settles once what the server asked of its own accord is answered, or has waited long enough. */
  firstQuestion: Promise<void> | undefined

  #server: Promise<ConnectedServer> | undefined
  #deafen: (() => void) | undefined
  #usedAt = performance.now()
  #changedAt = Number.NEGATIVE_INFINITY
  #end: Refusal | undefined
  #previous: Promise<void> = Promise.resolve()

  constructor(node: Node, found: Found, holder: string) {
    this.node = node
    this.found = found
    this.holder = holder
    const { records } = node
    if (records.claimRequest) {
      this.claims = new RequestClaims(
        (id, ttlMs) => records.claimRequest?.(this.found, id, ttlMs) ?? Promise.resolve(undefined),
      )
    }
  }

  get key(): string {
    return this.found.key
  }

  get state(): SessionState {
    return this.found.state
  }

  get ended(): boolean {
    return this.#end !== undefined
  }

  /** @throws what it ended with, if it has. */
  checkOpen(): void {
    if (this.#end) throw this.#end
  }

  /** Milliseconds since it was used. */
  get idleMs(): number {
    return performance.now() - this.#usedAt
  }

  /** It is used now. */
  use(): void {
    this.#usedAt = performance.now()
  }

  /** Whether a client waits for an answer. */
  get answering(): boolean {
    return this.entered > 0 || this.calls.size > 0 || this.written.size > 0
  }

  /** Whether something runs or is open. */
  get busy(): boolean {
    return this.answering || this.standalone !== undefined || this.readers.size > 0
  }

  /** Hears from now on what other nodes have for it. */
  async open(): Promise<void> {
    const { bus } = this.node.settings
    if (!bus) return
    this.#deafen = await reached(bus.listen(this.key, (message) => hear(this, message)))
    if (this.#end) this.#deafen()
  }

  /** Ends what runs and is open here; the record stays. */
  async close(failure: Refusal): Promise<void> {
    if (this.#end) return
    this.#end = failure
    this.#deafen?.()
    this.#failCalls(failure)
    for (const reader of this.readers) reader.end()
    this.standalone?.end()
    const connected = await this.#server?.catch(() => undefined)
    await connected?.close()
    await this.claims?.close()
  }

  /** Takes over what was read from the record, unless a change has been heard of since it was asked for. */
  refresh(state: SessionState, askedAt: number): void {
    if (this.#changedAt < askedAt) this.found.state = state
  }

  /** Changes the record, and what every node knows of it. */
  async change(changes: SessionChanges): Promise<void> {
    await reached(this.node.records.change(this.found, changes))
    this.apply(changes)
    await this.tell({ kind: 'changed', changes })
  }

  /** Knows of a change to the record. */
  apply(changes: SessionChanges): void {
    this.#changedAt = performance.now()
    this.found.state = changed(toData(this.state), changes) as unknown as SessionState
  }

  /** Tells the other nodes; a bus that fails is reported. */
  async tell(message: BusMessage): Promise<void> {
    const { id, settings, host } = this.node
    try {
      await settings.bus?.send(this.key, { ...message, from: id })
    } catch (error) {
      host.report(error)
    }
  }

  /** Takes over the server that answered `initialize`; throws where it has ended, and leaves the server alone. */
  adopt(connected: ConnectedServer): void {
    this.checkOpen()
    this.#attach(connected)
    this.#server = Promise.resolve(connected)
  }

  /** The server of the session, built if there is none here; throws where the session has ended. */
  async server(context: McpRequestContext, extra: MessageExtraInfo): Promise<ConnectedServer> {
    this.checkOpen()
    this.#server ??= restoreServer(this, context, extra).then((connected) => {
      this.#attach(connected)
      return connected
    })
    try {
      const connected = await this.#server
      this.checkOpen()
      return connected
    } catch (error) {
      if (!this.ended) this.#server = undefined
      throw error
    }
  }

  /** Takes on a call; a request whose id is in use is refused. */
  begin(call: Call): void {
    this.checkOpen()
    for (const id of call.pending.keys()) {
      if (this.calls.has(id)) throw invalidRequest('The id of the request is in use')
    }
    for (const id of call.pending.keys()) this.calls.set(id, call)
  }

  /** Forgets a call. */
  finish(call: Call): void {
    for (const [id, running] of this.calls) if (running === call) this.calls.delete(id)
    this.claims?.settle(call)
    this.questions.forget(call)
    this.use()
  }

  /** Does one thing after the other. */
  inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#previous.then(work)
    this.#previous = done.catch(() => {})
    return done
  }

  readersOf(stream: unknown): StreamReader[] {
    return [...this.readers].filter((reader) => reader.stream === stream)
  }

  /** There is more to read on a stream, wherever it is read. */
  wake(stream: string): void {
    // a session has one standalone stream on all nodes
    if (stream === STANDALONE && this.standalone) this.standalone.wake()
    else {
      for (const reader of this.readersOf(stream)) reader.wake()
      void this.tell({ kind: 'wake', stream })
    }
  }

  /** Has whoever else reads or writes a stream leave it. */
  takeOver(stream: string): void {
    this.leave(stream)
    void this.tell({ kind: 'taken', stream })
  }

  /** Leaves a stream to another reader. */
  leave(stream: string): void {
    if (stream === STANDALONE) this.standalone?.end()
    for (const reader of this.readersOf(stream)) reader.end()
    for (const call of this.calls.values()) if (call.stream === stream) call.disconnect()
  }

  /** A change was announced, to whomever it concerns. */
  announce(event: ServerEvent): void {
    if (this.standalone && concerns(event, this.key, this.state)) this.standalone.change(event)
  }

  #attach(connected: ConnectedServer): void {
    this.connected = connected
    connected.link.attach(this.key, {
      onsend: (message, options) => sendToClient(this, message, options),
      onend: () => this.#lose(connected),
    })
  }

  // a server that closed itself is built again for the next request
  #lose(connected: ConnectedServer): void {
    if (this.connected !== connected) return
    this.connected = undefined
    this.#server = undefined
    void connected.close()
    this.#failCalls(new Refusal('internal', 'The server closed before it answered'))
  }

  #failCalls(failure: Refusal): void {
    for (const call of new Set(this.calls.values())) call.fail(failure)
    this.questions.clear()
  }
}
