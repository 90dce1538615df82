import type { TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import {
  isInputRequiredResult,
  type McpRequestContext,
  type Question,
  Refusal,
  type ServerEvent,
} from '@portico-mcp/core'
import {
  errorMessage,
  eventOf,
  invalidRequest,
  isRequest,
  isResponse,
  LOG_LEVELS,
  maskError,
  toRefusal,
  unaskable,
} from '@portico-mcp/core/serving'
import type { Call } from './call.ts'
import { concerns } from './changes.ts'
import { STANDALONE } from './event-id.ts'
import { changed } from './in-memory-session-store.ts'
import type { Node } from './node.ts'
import { ClientError, Questions } from './questions.ts'
import type { Found } from './records.ts'
import { reached, sessionEnded } from './refusals.ts'
import { isRemembered, remember } from './remember.ts'
import { type ConnectedServer, refuseQuestion, restoreServer, setLevel } from './server.ts'
import type { BusMessage } from './session-bus.ts'
import type { SessionState } from './session-state.ts'
import type { JsonValue, SessionChanges } from './session-store.ts'
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
  readonly found: Found
  /** Milliseconds of the clock when it was last used. */
  usedAt: number = Date.now()
  /** Milliseconds of the clock when the record's end was last put off. */
  touchedAt: number = Date.now()
  /** Requests of clients that are being read. */
  entered = 0
  standalone: Standalone | undefined
  readonly readers: Set<StreamReader> = new Set()

  readonly #node: Node
  readonly #calls = new Map<RequestId, Call>()
  readonly #questions = new Questions()
  #server: Promise<ConnectedServer> | undefined
  #connected: ConnectedServer | undefined
  #deaf: (() => void) | undefined
  #changedAt = Number.NEGATIVE_INFINITY
  #ended = false
  // events of the standalone stream keep their order
  #stored: Promise<void> = Promise.resolve()

  constructor(node: Node, found: Found) {
    this.#node = node
    this.found = found
  }

  get key(): string {
    return this.found.key
  }

  get state(): SessionState {
    return this.found.state
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Whether something runs or is open. */
  get busy(): boolean {
    return this.entered > 0 || this.#calls.size > 0 || this.standalone !== undefined || this.readers.size > 0
  }

  /** Hears from now on what other nodes have for it. */
  async open(): Promise<void> {
    const { bus } = this.#node.settings
    if (bus) this.#deaf = await reached(bus.listen(this.key, (message) => this.#hear(message)))
  }

  /** Ends what runs and is open here; the record stays. */
  async close(failure: Refusal): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#deaf?.()
    for (const call of new Set(this.#calls.values())) call.fail(failure)
    for (const reader of this.readers) reader.end()
    this.standalone?.end()
    this.#questions.clear()
    const connected = await this.#server?.catch(() => undefined)
    await connected?.close()
  }

  /** Takes over what was read from the record, unless a change has been heard of since it was asked for. */
  refresh(state: SessionState, askedAt: number): void {
    if (this.#changedAt < askedAt) this.found.state = state
  }

  /** Changes the record, and what every node knows of it. */
  async change(changes: SessionChanges): Promise<void> {
    await reached(this.#node.records.change(this.found, changes))
    this.#apply(changes)
    await this.tell({ kind: 'changed', changes })
  }

  /** Tells the other nodes; a bus that fails is reported. */
  async tell(message: BusMessage): Promise<void> {
    const { id, settings, host } = this.#node
    await settings.bus?.send(this.key, { ...message, from: id }).catch(host.report)
  }

  /** Takes over the server that answered `initialize`. */
  adopt(connected: ConnectedServer): void {
    this.#attach(connected)
    this.#server = Promise.resolve(connected)
  }

  /** The server of the session, built if there is none here. */
  async server(context: McpRequestContext, extra: MessageExtraInfo): Promise<ConnectedServer> {
    this.#server ??= restoreServer(this.#node, this.found, context, extra).then((connected) => {
      this.#attach(connected)
      return connected
    })
    try {
      return await this.#server
    } catch (error) {
      this.#server = undefined
      throw error
    }
  }

  /** Takes on a call; a request whose id is in use is refused. */
  begin(call: Call): void {
    if (this.#ended) throw sessionEnded()
    for (const id of call.pending.keys()) {
      if (this.#calls.has(id)) throw invalidRequest('The id of the request is in use')
    }
    for (const id of call.pending.keys()) this.#calls.set(id, call)
  }

  /** Forgets a call. */
  finish(call: Call): void {
    for (const [id, running] of this.#calls) if (running === call) this.#calls.delete(id)
    this.#questions.forget(call)
    this.usedAt = Date.now()
  }

  /** Tells the server that nobody waits for a request any longer. */
  cancel(requestId: RequestId): void {
    this.#connected?.link.deliver({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId },
    })
  }

  /** Takes a notification or an answer of the client; what nothing here waits for may concern another node. */
  async receive(message: JSONRPCMessage, context: McpRequestContext, extra: MessageExtraInfo): Promise<void> {
    if (this.#take(message, extra)) return
    if (isResponse(message)) return this.tell({ kind: 'client', message: toJson(message) })
    switch ((message as JSONRPCNotification).method) {
      case 'notifications/initialized':
        if (!this.state.initialized) await this.change({ initialized: true })
        this.#connected?.link.deliver(message, extra)
        break
      case 'notifications/cancelled':
      case 'notifications/progress':
        break
      default: {
        const { link } = await this.server(context, extra)
        link.deliver(message, extra)
      }
    }
    await this.tell({ kind: 'client', message: toJson(message) })
  }

  /** Whether this node runs the call behind a stream. */
  runs(stream: string): boolean {
    return [...this.#calls.values()].some((call) => call.stream === stream)
  }

  /** There is more to read on a stream. */
  wake(stream: string): void {
    // a session has one standalone stream, wherever it is
    if (stream === STANDALONE && this.standalone) this.standalone.wake()
    else {
      for (const reader of this.#readersOf(stream)) reader.wake()
      void this.tell({ kind: 'wake', stream })
    }
  }

  /** Has whoever else reads or writes a stream leave it. */
  takeOver(stream: string): void {
    this.#leave(stream)
    void this.tell({ kind: 'taken', stream })
  }

  /** A change was announced, to whomever it concerns. */
  announce(event: ServerEvent): void {
    if (this.standalone && concerns(event, this.key, this.state)) this.standalone.change(event)
  }

  #attach(connected: ConnectedServer): void {
    this.#connected = connected
    connected.link.attach(this.key, {
      onsend: (message, options) => this.#send(message, options),
      onend: () => this.#lose(connected),
    })
  }

  // a server that closed itself is built again for the next request
  #lose(connected: ConnectedServer): void {
    if (this.#connected !== connected) return
    this.#connected = undefined
    this.#server = undefined
    const failure = new Refusal('internal', 'The server closed before it answered')
    for (const call of new Set(this.#calls.values())) call.fail(failure)
    this.#questions.clear()
  }

  #apply(changes: SessionChanges): void {
    this.#changedAt = performance.now()
    this.found.state = changed(toJson(this.state), changes) as unknown as SessionState
  }

  // what the server sends

  #send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> | void {
    if (isResponse(message)) return this.#reply(message)
    const related = this.#calls.get(options?.relatedRequestId as RequestId)
    if (isRequest(message)) return this.#ask(message, related ?? this.#onlyCall())
    return this.#notify(message, related)
  }

  #reply(response: JSONRPCResponse): Promise<void> | void {
    const call = this.#calls.get(response.id as RequestId)
    const request = call?.pending.get(response.id as RequestId)
    if (!call || !request) return
    if (isRemembered(request.method)) {
      return remember(this, this.#node, request, response).then((settled) => call.answer(settled))
    }
    if ('result' in response && isInputRequiredResult(response.result)) {
      return this.#fulfill(call, request, response)
    }
    call.answer('error' in response ? maskError(response, request, this.#node.host.report) : response)
  }

  // what a handler of 2026-07-28 returns, as questions of 2025-11-25
  async #fulfill(call: Call, request: JSONRPCRequest, response: JSONRPCResponse): Promise<void> {
    const { host } = this.#node
    try {
      const again = await host.fulfill(response, call.extra, (question) => this.#put(question, call))
      if (again) this.#connected?.link.deliver(request, call.extra)
    } catch (error) {
      host.report(error)
      call.answer(errorMessage(request.id, error instanceof ClientError ? error : toRefusal(error)))
    }
  }

  /** Puts a question of the host to the client. */
  async #put(question: Question, call: Call): Promise<Result> {
    const id = `portico-${crypto.randomUUID()}`
    const request: JSONRPCRequest = { jsonrpc: '2.0', id, ...question }
    const refusal = this.#undeclared(request) ?? (call.streams ? undefined : noBackChannel(request))
    if (refusal) throw refusal
    const answer = this.#questions.promise(id, call)
    await call.push(this.#questions.ask(request, call))
    return answer
  }

  #undeclared(request: JSONRPCRequest): Refusal | undefined {
    const refusal = unaskable(request, this.state.initialize.capabilities)
    // whatever else there is to ask needs no declaration
    return refusal?.reason === 'missing-capability' ? refusal : undefined
  }

  #ask(request: JSONRPCRequest, related: Call | undefined): Promise<void> | void {
    const link = this.#connected?.link
    const to = related?.streams ? related : undefined
    const refusal =
      this.#undeclared(request) ?? (to || this.#reachesStandalone() ? undefined : noBackChannel(request))
    if (refusal && link) return refuseQuestion(link, request, refusal)
    const question = this.#questions.ask(request, to)
    return to ? to.push(question) : this.#sendStandalone(question)
  }

  #notify(notification: JSONRPCNotification, related: Call | undefined): Promise<void> | void {
    const { method, params } = notification
    if (method === 'notifications/cancelled') return this.#takeBack(notification)
    if (method === 'notifications/message' && !this.#logs(params?.level)) return
    const event = eventOf(notification)
    if (event) this.#node.changes.bus.publish(related ? { ...event, told: this.key } : event)
    if (related) return related.push(notification)
    if (!event) return this.#sendStandalone(notification)
  }

  #takeBack(notification: JSONRPCNotification): Promise<void> | void {
    const asked = this.#questions.cancel(notification.params?.requestId as RequestId)
    if (!asked) return
    const message = { ...notification, params: { ...notification.params, requestId: asked.wireId } }
    return asked.to ? asked.to.push(message) : this.#sendStandalone(message)
  }

  #logs(level: unknown): boolean {
    const { logLevel } = this.state
    return logLevel === undefined || LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(logLevel)
  }

  // most handlers ask without saying for which request
  #onlyCall(): Call | undefined {
    const calls = new Set([...this.#calls.values()].filter(({ streams }) => streams))
    const [only] = calls
    return calls.size === 1 ? only : undefined
  }

  #reachesStandalone(): boolean {
    const { bus, eventStore } = this.#node.settings
    return this.standalone !== undefined || bus !== undefined || eventStore !== undefined
  }

  #sendStandalone(message: JSONRPCMessage): Promise<void> | void {
    const { eventStore } = this.#node.settings
    if (!eventStore) {
      if (this.standalone) return this.standalone.write(message)
      return this.tell({ kind: 'message', message: toJson(message) })
    }
    this.#stored = this.#stored
      .then(() => eventStore.storeEvent(`${this.key}/${STANDALONE}`, message))
      .then(() => this.wake(STANDALONE), this.#node.host.report)
    return this.#stored
  }

  // what the client sends

  /** Takes a message that something here waits for. */
  #take(message: JSONRPCMessage, extra?: MessageExtraInfo): boolean {
    const link = this.#connected?.link
    if (!link) return false
    if (isResponse(message)) {
      const answer = this.#questions.answered(message)
      if (answer && !this.#questions.resolve(answer)) link.deliver(answer, extra)
      return answer !== undefined
    }
    const notification = message as JSONRPCNotification
    if (notification.method === 'notifications/progress') {
      const progress = this.#questions.progressed(notification)
      if (progress) link.deliver(progress, extra)
      return progress !== undefined
    }
    if (notification.method !== 'notifications/cancelled') return false
    const requestId = notification.params?.requestId as RequestId
    const call = this.#calls.get(requestId)
    if (!call) return false
    link.deliver(message, extra)
    call.settle(requestId)
    this.#calls.delete(requestId)
    return true
  }

  // what other nodes say

  #hear(message: BusMessage): void {
    if (message.from !== this.#node.id) this.#heard[String(message.kind)]?.(message)
  }

  readonly #heard: Record<string, (message: BusMessage) => unknown> = {
    client: ({ message }) => this.#relayed(message as unknown as JSONRPCMessage),
    message: ({ message }) => this.standalone?.write(message as unknown as JSONRPCMessage),
    wake: ({ stream }) => {
      if (stream === STANDALONE) this.standalone?.wake()
      for (const reader of this.#readersOf(stream)) reader.wake()
    },
    taken: ({ stream }) => this.#leave(String(stream)),
    probe: ({ stream }) =>
      this.runs(String(stream)) && this.tell({ kind: 'running', stream: String(stream) }),
    running: ({ stream }) => {
      for (const reader of this.#readersOf(stream)) reader.alive()
    },
    changed: ({ changes }) => this.#changedElsewhere(changes as SessionChanges),
    ended: () => this.#node.live.drop(this, sessionEnded()),
  }

  #readersOf(stream: unknown): StreamReader[] {
    return [...this.readers].filter((reader) => reader.stream === stream)
  }

  #relayed(message: JSONRPCMessage): void {
    if (this.#take(message)) return
    const method = (message as Partial<JSONRPCNotification>).method
    const concernsEveryServer =
      method === 'notifications/initialized' || method === 'notifications/roots/list_changed'
    if (concernsEveryServer) this.#connected?.link.deliver(message)
  }

  #changedElsewhere(changes: SessionChanges): void {
    this.#apply(changes)
    const link = this.#connected?.link
    if (typeof changes.logLevel === 'string' && link) {
      setLevel(link, changes.logLevel).catch(this.#node.host.report)
    }
  }

  #leave(stream: string): void {
    if (stream === STANDALONE) {
      this.standalone?.end()
      this.standalone = undefined
    }
    for (const reader of this.#readersOf(stream)) reader.end()
    for (const call of this.#calls.values()) if (call.stream === stream) call.disconnect()
  }
}

const noBackChannel = ({ method }: JSONRPCRequest): Refusal => {
  const reason = 'no-back-channel'
  return new Refusal(reason, `${method} cannot reach the client: it has no stream open`, { data: { reason } })
}

const toJson = (value: object): { [key: string]: JsonValue } => value as { [key: string]: JsonValue }
