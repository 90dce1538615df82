import { linkRequestContext, type McpRequestContext, type McpServerLike } from '@portico-mcp/core'
import { LOG_LEVELS } from '@portico-mcp/core/internal'

export type Transport = Parameters<McpServerLike['connect']>[0]

export type SendOptions = Parameters<Transport['send']>[1]

/** The id of a JSON-RPC request. */
export type Id = string | number

/** A JSON-RPC request, notification or response. */
export interface Message {
  jsonrpc: '2.0'
  id?: Id
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string; data?: unknown }
}

/** What a client has declared in `initialize`. */
interface ClientDetails {
  capabilities?: Record<string, Record<string, unknown> | undefined>
  clientInfo?: unknown
}

/** The members of the transport that a channel uses. */
export interface ChannelHost {
  /** Whether the server has declared the `logging` capability. */
  readonly sendsLogs: boolean
  /** Passes a request of a client to the server, after calling `onid` with the id that the server sees. */
  request(channel: ClientChannel, message: Message, extra: object | undefined, onid: (id: Id) => void): void
  /** Passes any other message of a client to the server. */
  receive(channel: ClientChannel, message: Message, extra?: object): void
  /** Cancels a request, by the id that the server sees. */
  cancel(channel: ClientChannel, requestId: Id, reason?: unknown): void
  /** Removes a request of the server that no longer needs an answer. */
  forgetQuestion(id: Id): void
  /** Removes a channel that was closed. */
  remove(channel: ClientChannel): void
}

/** The connection of one client to a shared server. */
export class ClientChannel {
  /** What the client has declared on this connection; undefined before `initialize`. */
  client: ClientDetails | undefined

  readonly #shared: ChannelHost
  readonly #era: McpRequestContext['era']
  /** Ids of running requests: those that the server sees, by those that the client sent. */
  readonly #calls = new Map<Id, Id>()
  readonly #questions = new Set<Id>()
  #transport: Transport | undefined
  #minLogLevel = 0

  constructor(shared: ChannelHost, era: McpRequestContext['era']) {
    this.#shared = shared
    this.#era = era
  }

  get sessionId(): string | undefined {
    return this.#transport?.sessionId
  }

  connect(transport: Transport): void {
    this.#transport = transport
    transport.onmessage = (message: unknown, extra?: object) => this.#receive(message as Message, extra)
    transport.onclose = () => this.#disconnect()
    void transport.start()
  }

  async close(): Promise<void> {
    const transport = this.#transport
    this.#disconnect()
    await transport?.close()
  }

  /** Sends the reply to a request of the client. */
  async reply(serverId: Id, message: Message): Promise<void> {
    const id = message.id as Id
    if (this.#calls.get(id) === serverId) this.#calls.delete(id)
    await this.#transport?.send(message as never)
  }

  /** Sends a question of the server to the client; if the client cannot answer it, the server gets an error. */
  async ask(message: Message, options: SendOptions): Promise<void> {
    const id = message.id as Id
    const refusal = this.#checkQuestion(message)
    if (refusal) return this.#refuse(id, refusal)
    this.#questions.add(id)
    await this.#transport?.send(message as never, options)
  }

  /** Sends a notification, unless it is a log message below the level that the client has set. */
  async notify(message: Message, options: SendOptions): Promise<void> {
    const isFiltered =
      message.method === 'notifications/message' &&
      LOG_LEVELS.indexOf(message.params?.level) < this.#minLogLevel
    if (!isFiltered) await this.#transport?.send(message as never, options)
  }

  /** Removes a question that the server no longer wants answered. */
  forgetQuestion(id: Id): void {
    this.#questions.delete(id)
    this.#shared.forgetQuestion(id)
  }

  #receive(message: Message, extra?: object): void {
    const { id, method, params } = message
    if (method === undefined) {
      // A client may only answer questions that it was asked.
      if (!this.#questions.has(id as Id)) return
      this.forgetQuestion(id as Id)
      this.#shared.receive(this, message, extra)
    } else if (id !== undefined) {
      this.#request(message, id, extra)
    } else if (method === 'notifications/cancelled') {
      const serverId = this.#calls.get(params?.requestId as Id)
      if (serverId === undefined) return
      this.#calls.delete(params?.requestId as Id)
      this.#shared.cancel(this, serverId, params?.reason)
    } else if (method !== 'notifications/progress' || this.#questions.has(params?.progressToken as Id)) {
      this.#shared.receive(this, message, extra)
    }
  }

  #request(message: Message, id: Id, extra?: object): void {
    const { method, params } = message
    if (method === 'initialize') this.client = params as ClientDetails
    if (method === 'logging/setLevel' && this.#shared.sendsLogs && LOG_LEVELS.includes(params?.level)) {
      // The server keeps one level, which would then apply to all clients.
      this.#minLogLevel = LOG_LEVELS.indexOf(params?.level)
      void this.#transport?.send({ jsonrpc: '2.0', id, result: {} })
      return
    }
    this.#shared.request(this, message, extra, (serverId) => {
      this.#calls.set(id, serverId)
      if (extra) linkRequestContext(extra, id, serverId)
    })
  }

  // In 2026-07-28 core checks what the client has declared, and answers with that revision's own error.
  #checkQuestion({ method = '', params }: Message): string | undefined {
    if (!this.#transport) return 'The client is gone'
    if (this.#era === 'modern' || !this.client) return undefined
    const [, name = ''] = /^(elicitation|sampling|roots)\//.exec(method) ?? []
    const declared = this.client.capabilities?.[name]
    const isUrl = name === 'elicitation' && params?.mode === 'url'
    if (name === '' || (declared && (!isUrl || declared.url))) return undefined
    return `Client does not support ${isUrl ? 'url ' : ''}${name} (required for ${method})`
  }

  #refuse(id: Id, message: string): void {
    this.#shared.forgetQuestion(id)
    this.#shared.receive(this, { jsonrpc: '2.0', id, error: { code: -32603, message } })
  }

  #disconnect(): void {
    if (!this.#transport) return
    this.#transport = undefined
    this.#shared.remove(this)
    for (const id of this.#questions) this.#refuse(id, 'The client is gone')
    this.#questions.clear()
    for (const id of this.#calls.values()) this.#shared.cancel(this, id, 'The client is gone')
    this.#calls.clear()
  }
}
