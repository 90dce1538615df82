import { AsyncLocalStorage } from 'node:async_hooks'
import type { McpRequestContext, McpServerLike, ServerEventBus } from '@portico-mcp/core'
import { toServerEvent } from '@portico-mcp/core/internal'
import {
  type ChannelHost,
  ClientChannel,
  type Id,
  type Message,
  type SendOptions,
  type Transport,
} from './client-channel.ts'

type Notification = Parameters<typeof toServerEvent>[0]

/** The methods of a server that describe its client. */
interface ClientView {
  getClientCapabilities?(): unknown
  getClientVersion?(): unknown
}

/** A request that the server is working on. */
interface Call {
  channel: ClientChannel
  /** The id that the client gave the request. */
  id: Id
}

// The server is told that its client can do everything. Each channel checks what its own client has declared.
const ALL_CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: { listChanged: true },
}

const INITIALIZE_ID = 'portico-initialize'

/** The one transport of a shared server. It carries the messages of all client channels. */
export class SharedTransport implements Transport, ChannelHost {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']

  /** The buses on which changes are published. */
  readonly buses: Set<ServerEventBus> = new Set()

  readonly #server: McpServerLike
  readonly #channels = new Set<ClientChannel>()
  readonly #current = new AsyncLocalStorage<ClientChannel>()
  readonly #calls = new Map<Id, Call>()
  readonly #questions = new Map<Id, ClientChannel>()
  #lastId = 0
  #connected: Promise<void> | undefined
  #oninitialized: (() => void) | undefined
  #sendsLogs = false

  constructor(server: McpServerLike) {
    this.#server = server
  }

  /** The session of the client whose request is running, if it has one. */
  get sessionId(): string | undefined {
    return this.#current.getStore()?.sessionId
  }

  /** Whether the server has declared the `logging` capability. */
  get sendsLogs(): boolean {
    return this.#sendsLogs
  }

  /** Creates what a factory returns for one connection. */
  createServer(era: McpRequestContext['era']): McpServerLike {
    const channel = new ClientChannel(this, era)
    const { toolInputSchemaJson } = this.#server as { toolInputSchemaJson?(name: string): object | undefined }
    return {
      connect: async (transport) => {
        await this.#connect()
        this.#channels.add(channel)
        channel.connect(transport)
      },
      close: () => channel.close(),
      ...(toolInputSchemaJson && { toolInputSchemaJson: toolInputSchemaJson.bind(this.#server) }),
    }
  }

  /**
   * Passes a client's request to the server under a new id, since clients choose the same ids.
   *
   * @param onid - Is called with the new id before the server sees the request.
   */
  request(channel: ClientChannel, message: Message, extra: object | undefined, onid: (id: Id) => void): void {
    const id = ++this.#lastId
    onid(id)
    this.#calls.set(id, { channel, id: message.id as Id })
    const { method, params: given } = message
    const params = method === 'initialize' ? { ...given, capabilities: ALL_CAPABILITIES } : given
    this.receive(channel, { ...message, id, ...(params && { params }) }, extra)
  }

  /** Passes a client's notification or response to the server. */
  receive(channel: ClientChannel, message: Message, extra?: object): void {
    this.#current.run(channel, () => this.onmessage?.(message as never, extra))
  }

  /** Cancels a request: the server aborts it, and its reply is dropped. */
  cancel(channel: ClientChannel, requestId: Id, reason?: unknown): void {
    if (!this.#calls.delete(requestId)) return
    this.receive(channel, {
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId, reason },
    })
  }

  /** Removes a question that has been answered, or never will be. */
  forgetQuestion(id: Id): void {
    this.#questions.delete(id)
  }

  /** Removes a channel that is closed. */
  remove(channel: ClientChannel): void {
    this.#channels.delete(channel)
  }

  async start(): Promise<void> {}

  async send(given: unknown, options?: SendOptions): Promise<void> {
    const message = given as Message
    if (message.method === undefined) return this.#reply(message)
    const call = this.#calls.get(options?.relatedRequestId ?? '')
    const channel = call?.channel ?? this.#current.getStore()
    const related = { ...options, relatedRequestId: call?.id }
    if (message.id !== undefined) {
      if (!channel) throw new Error(`${message.method} is for no client: send it from within a request`)
      this.#questions.set(message.id, channel)
      return channel.ask(message, related)
    }
    const event = call ? undefined : toServerEvent(message as Notification)
    if (event && this.buses.size > 0) for (const bus of this.buses) bus.publish(event)
    else await this.#findRecipient(message, channel)?.notify(message, related)
  }

  async close(): Promise<void> {
    this.#connected = undefined
    await Promise.all([...this.#channels].map((channel) => channel.close()))
    this.onclose?.()
  }

  async #reply(message: Message): Promise<void> {
    const id = message.id as Id
    if (id === INITIALIZE_ID) {
      const { capabilities } = (message.result ?? {}) as { capabilities?: { logging?: object } }
      this.#sendsLogs = capabilities?.logging !== undefined
      this.#oninitialized?.()
      return
    }
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    await call?.channel.reply(id, { ...message, id: call.id })
  }

  /** A cancellation goes to the channel on which the question was asked, all else to the current one. */
  #findRecipient({ method, params }: Message, current: ClientChannel | undefined): ClientChannel | undefined {
    if (method !== 'notifications/cancelled') return current
    const id = params?.requestId as Id
    const asked = this.#questions.get(id)
    asked?.forgetQuestion(id)
    return asked
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#initialize().catch((error) => {
      this.#connected = undefined
      throw error
    })
    return this.#connected
  }

  async #initialize(): Promise<void> {
    await this.#current.exit(() => this.#server.connect(this))
    const initialized = new Promise<void>((resolve) => {
      this.#oninitialized = resolve
    })
    const clientInfo = { name: 'portico', version: '0' }
    const params = { protocolVersion: '2025-11-25', capabilities: ALL_CAPABILITIES, clientInfo }
    this.onmessage?.({ jsonrpc: '2.0', id: INITIALIZE_ID, method: 'initialize', params })
    await initialized
    this.#replaceClientView()
  }

  /** Makes the server describe the client whose request is running, instead of the one it was initialized by. */
  #replaceClientView(): void {
    const { server = this.#server } = this.#server as { server?: ClientView }
    const view = server as ClientView
    if (view.getClientCapabilities)
      view.getClientCapabilities = () => this.#current.getStore()?.client?.capabilities
    if (view.getClientVersion) view.getClientVersion = () => this.#current.getStore()?.client?.clientInfo
  }
}
