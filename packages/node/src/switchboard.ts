import { AsyncLocalStorage } from 'node:async_hooks'
import type { McpRequestContext, McpServerLike, ServerEvent, ServerEventBus } from '@portico-mcp/core'
import { Line, type Message, type Transport } from './line.ts'

type SendOptions = Parameters<Transport['send']>[1]
type Id = string | number

/** What a server tells of its client, and of its tools. */
interface ClientView {
  getClientCapabilities?(): unknown
  getClientVersion?(): unknown
}

/** What is known of a request that the server works on. */
interface Call {
  line: Line
  /** The id that its client gave it. */
  id: Id
}

// whether this client can be asked is decided on its own line
const EVERYTHING = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: { listChanged: true },
}

const GREETING_ID = 'portico-greeting'

/** The one transport of a server that is shared: it carries the messages of every line. */
export class Switchboard implements Transport {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']

  /** Hear of changes. */
  readonly buses: Set<ServerEventBus> = new Set()

  readonly #server: McpServerLike
  readonly #lines = new Set<Line>()
  readonly #current = new AsyncLocalStorage<Line>()
  readonly #calls = new Map<Id, Call>()
  readonly #questions = new Map<Id, Line>()
  #lastId = 0
  #connected: Promise<void> | undefined
  #greeted: (() => void) | undefined
  #logs = false

  constructor(server: McpServerLike) {
    this.#server = server
  }

  /** The session of the client that is being served, where there is one. */
  get sessionId(): string | undefined {
    return this.#current.getStore()?.sessionId
  }

  /** Whether the server sends logs. */
  get logs(): boolean {
    return this.#logs
  }

  /** A server for one connection. */
  line(era: McpRequestContext['era']): McpServerLike {
    const line = new Line(this, era)
    const { toolInputSchemaJson } = this.#server as { toolInputSchemaJson?(name: string): object | undefined }
    return {
      connect: async (transport) => {
        await this.#connect()
        this.#lines.add(line)
        line.connect(transport)
      },
      close: () => line.close(),
      ...(toolInputSchemaJson && { toolInputSchemaJson: toolInputSchemaJson.bind(this.#server) }),
    }
  }

  /** Hands the server a request under an id of its own; its reply comes to the line. */
  call(line: Line, message: Message, extra: object | undefined, known: (id: Id) => void): void {
    const id = ++this.#lastId
    known(id)
    this.#calls.set(id, { line, id: message.id as Id })
    const { params } = message
    const told = message.method === 'initialize' ? { ...params, capabilities: EVERYTHING } : params
    this.tell(line, { ...message, id, ...(told && { params: told }) }, extra)
  }

  /** Hands the server anything else. */
  tell(line: Line, message: Message, extra?: object): void {
    this.#current.run(line, () => this.onmessage?.(message as never, extra))
  }

  /** Gives a request up: the server aborts it, and its reply is nobody's. */
  cancel(line: Line, requestId: Id, reason?: unknown): void {
    if (!this.#calls.delete(requestId)) return
    this.tell(line, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId, reason } })
  }

  /** The client has answered, or never will. */
  answered(id: Id): void {
    this.#questions.delete(id)
  }

  leave(line: Line): void {
    this.#lines.delete(line)
  }

  async start(): Promise<void> {}

  async send(given: unknown, options?: SendOptions): Promise<void> {
    const message = given as Message
    if (message.method === undefined) return this.#reply(message)
    const call = this.#calls.get(options?.relatedRequestId ?? '')
    const line = call?.line ?? this.#current.getStore()
    const related = { ...options, relatedRequestId: call?.id }
    if (message.id !== undefined) {
      if (!line) throw new Error(`${message.method} is for no client: send it from within a request`)
      this.#questions.set(message.id, line)
      return line.ask(message, related)
    }
    const event = call ? undefined : eventOf(message)
    if (event && this.buses.size > 0) for (const bus of this.buses) bus.publish(event)
    else await this.#questionedBy(message, line)?.notify(message, related)
  }

  async close(): Promise<void> {
    this.#connected = undefined
    await Promise.all([...this.#lines].map((line) => line.close()))
    this.onclose?.()
  }

  async #reply(message: Message): Promise<void> {
    const id = message.id as Id
    if (id === GREETING_ID) {
      const { capabilities } = (message.result ?? {}) as { capabilities?: { logging?: object } }
      this.#logs = capabilities?.logging !== undefined
      this.#greeted?.()
      return
    }
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    await call?.line.reply(id, { ...message, id: call.id })
  }

  // what the server gives up was asked on that line
  #questionedBy({ method, params }: Message, line: Line | undefined): Line | undefined {
    if (method !== 'notifications/cancelled') return line
    const id = params?.requestId as Id
    const asked = this.#questions.get(id)
    asked?.forget(id)
    return asked
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#greet().catch((error) => {
      this.#connected = undefined
      throw error
    })
    return this.#connected
  }

  async #greet(): Promise<void> {
    await this.#current.exit(() => this.#server.connect(this))
    const greeted = new Promise<void>((resolve) => {
      this.#greeted = resolve
    })
    const clientInfo = { name: 'portico', version: '0' }
    const params = { protocolVersion: '2025-11-25', capabilities: EVERYTHING, clientInfo }
    this.onmessage?.({ jsonrpc: '2.0', id: GREETING_ID, method: 'initialize', params })
    await greeted
    this.#tellTheClient()
  }

  /** What handlers ask the server about their client is answered for the line that they serve. */
  #tellTheClient(): void {
    const { server = this.#server } = this.#server as { server?: ClientView }
    const view = server as ClientView
    if (view.getClientCapabilities)
      view.getClientCapabilities = () => this.#current.getStore()?.client?.capabilities
    if (view.getClientVersion) view.getClientVersion = () => this.#current.getStore()?.client?.clientInfo
  }
}

const LIST_CHANGED = /^notifications\/(tools|prompts|resources)\/list_changed$/

function eventOf({ method = '', params }: Message): ServerEvent | undefined {
  if (method === 'notifications/resources/updated') {
    return { kind: 'resource_updated', uri: String(params?.uri), params }
  }
  const list = LIST_CHANGED.exec(method)?.[1]
  return list === undefined ? undefined : ({ kind: `${list}_list_changed`, params } as ServerEvent)
}
