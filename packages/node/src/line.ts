import { aliasTurn, type McpRequestContext, type McpServerLike } from '@portico-mcp/core'
import type { Switchboard } from './switchboard.ts'

export type Transport = Parameters<McpServerLike['connect']>[0]
type SendOptions = Parameters<Transport['send']>[1]
type Id = string | number

/** A JSON-RPC message, of whatever kind. */
export interface Message {
  jsonrpc: '2.0'
  id?: Id
  method?: string
  params?: Record<string, unknown>
  result?: Record<string, unknown>
  error?: { code: number; message: string; data?: unknown }
}

const LEVELS: readonly unknown[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

/** What a client has said of itself. */
interface Introduction {
  capabilities?: Record<string, Record<string, unknown> | undefined>
  clientInfo?: unknown
}

/** One connection to a server that is shared. */
export class Line {
  /** What the client has said of itself on this connection. */
  client: Introduction | undefined

  readonly #switchboard: Switchboard
  readonly #era: McpRequestContext['era']
  /** Ids of the server, by those of the client. */
  readonly #calls = new Map<Id, Id>()
  readonly #questions = new Set<Id>()
  #transport: Transport | undefined
  #least = 0

  constructor(switchboard: Switchboard, era: McpRequestContext['era']) {
    this.#switchboard = switchboard
    this.#era = era
  }

  get sessionId(): string | undefined {
    return this.#transport?.sessionId
  }

  connect(transport: Transport): void {
    this.#transport = transport
    transport.onmessage = (message: unknown, extra?: object) => this.#receive(message as Message, extra)
    transport.onclose = () => this.#end()
    void transport.start()
  }

  async close(): Promise<void> {
    const transport = this.#transport
    this.#end()
    await transport?.close()
  }

  /** Gives the client the reply to a request of its own. */
  async reply(serverId: Id, message: Message): Promise<void> {
    const id = message.id as Id
    if (this.#calls.get(id) === serverId) this.#calls.delete(id)
    await this.#transport?.send(message as never)
  }

  /** Puts a question of the server to the client; without one that can answer, the server hears so. */
  async ask(message: Message, options: SendOptions): Promise<void> {
    const id = message.id as Id
    const objection = this.#objectionTo(message)
    if (objection) return this.#refuse(id, objection)
    this.#questions.add(id)
    await this.#transport?.send(message as never, options)
  }

  async notify(message: Message, options: SendOptions): Promise<void> {
    const isQuiet =
      message.method === 'notifications/message' && LEVELS.indexOf(message.params?.level) < this.#least
    if (!isQuiet) await this.#transport?.send(message as never, options)
  }

  /** The server no longer wants an answer. */
  forget(id: Id): void {
    this.#questions.delete(id)
    this.#switchboard.answered(id)
  }

  #receive(message: Message, extra?: object): void {
    const { id, method, params } = message
    if (method === undefined) {
      // one client's question is not another's to answer
      if (!this.#questions.has(id as Id)) return
      this.forget(id as Id)
      this.#switchboard.tell(this, message, extra)
    } else if (id !== undefined) {
      this.#request(message, id, extra)
    } else if (method === 'notifications/cancelled') {
      const serverId = this.#calls.get(params?.requestId as Id)
      if (serverId === undefined) return
      this.#calls.delete(params?.requestId as Id)
      this.#switchboard.cancel(this, serverId, params?.reason)
    } else if (method !== 'notifications/progress' || this.#questions.has(params?.progressToken as Id)) {
      this.#switchboard.tell(this, message, extra)
    }
  }

  #request(message: Message, id: Id, extra?: object): void {
    const { method, params } = message
    if (method === 'initialize') this.client = params as Introduction
    if (method === 'logging/setLevel' && this.#switchboard.logs && LEVELS.includes(params?.level)) {
      // to the server it would be everyone's level
      this.#least = LEVELS.indexOf(params?.level)
      void this.#transport?.send({ jsonrpc: '2.0', id, result: {} })
      return
    }
    this.#switchboard.call(this, message, extra, (serverId) => {
      this.#calls.set(id, serverId)
      if (extra) aliasTurn(extra, id, serverId)
    })
  }

  // a host of 2026-07-28 has its own words for it
  #objectionTo({ method = '', params }: Message): string | undefined {
    if (!this.#transport) return 'The client is gone'
    if (this.#era === 'modern' || !this.client) return undefined
    const [, name = ''] = /^(elicitation|sampling|roots)\//.exec(method) ?? []
    const declared = this.client.capabilities?.[name]
    const isUrl = name === 'elicitation' && params?.mode === 'url'
    if (name === '' || (declared && (!isUrl || declared.url))) return undefined
    return `Client does not support ${isUrl ? 'url ' : ''}${name} (required for ${method})`
  }

  #refuse(id: Id, message: string): void {
    this.#switchboard.answered(id)
    this.#switchboard.tell(this, { jsonrpc: '2.0', id, error: { code: -32603, message } })
  }

  #end(): void {
    if (!this.#transport) return
    this.#transport = undefined
    this.#switchboard.leave(this)
    for (const id of this.#questions) this.#refuse(id, 'The client is gone')
    this.#questions.clear()
    for (const id of this.#calls.values()) this.#switchboard.cancel(this, id, 'The client is gone')
    this.#calls.clear()
  }
}
