import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent, ServerEventBus } from '@portico-mcp/core'
import type { RateLimitStore } from '@portico-mcp/guard'
import type { BusMessage, EventStore, SessionBus, SessionRecord, SessionStore } from '@portico-mcp/sessions'
import type { TaskStore } from '@portico-mcp/tasks'
import type { Isolate, Isolates } from './isolates.ts'

/** How the stores of a subject are built. */
export interface SubjectOptions {
  ttlMs?: number
  maxEventsPerStream?: number
  /** Whether the objects cannot be reached. */
  isLost?: boolean
}

/** A call of a store in an isolate. */
export interface Call {
  id: number
  part: string
  method: string
  args: unknown[]
}

/** What an isolate answers, or what a listener in it has heard. */
export type Reply = { id: number; value?: unknown; error?: string; heard?: unknown }

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

interface Socket {
  accept(): void
  send(text: string): void
  close(): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

/** The stores of `cloudflare()` in an isolate, called from the test. Everything is called within one request. */
export class Remote {
  readonly #socket: Promise<Socket>
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<number, (heard: never) => void>()
  #lastId = 0

  constructor(isolates: Isolates, isolate: Isolate, options: SubjectOptions = {}) {
    this.#socket = this.#connect(isolates, isolate, options)
    this.#socket.catch(() => {})
  }

  get sessionStore(): SessionStore {
    const call = this.#calls('sessionStore')
    return {
      sessionExists: call('sessionExists'),
      createSession: call('createSession'),
      getSession: async (id) => toRecord(await call('getSession')(id)),
      updateSession: call('updateSession'),
      deleteSession: call('deleteSession'),
      touchSession: call('touchSession'),
      claimSession: async (name, ttlMs) => {
        const [id, isTaken] = this.#start('sessionStore', 'claim', [name, ttlMs])
        if (!(await isTaken)) return undefined
        const release = async (): Promise<void> => void (await this.#call(String(id), 'release', []))
        const renew = async (ms: number): Promise<boolean> =>
          (await this.#call(String(id), 'renew', [ms])) as boolean
        return Object.assign(release, { renew })
      },
    }
  }

  get oauthStore(): SessionStore {
    const call = this.#calls('oauthStore')
    return {
      sessionExists: call('sessionExists'),
      createSession: call('createSession'),
      getSession: async (id) => toRecord(await call('getSession')(id)),
      updateSession: call('updateSession'),
      deleteSession: call('deleteSession'),
      touchSession: call('touchSession'),
    }
  }

  get taskStore(): TaskStore {
    const call = this.#calls('taskStore')
    return {
      createTask: call('createTask'),
      getTask: call('getTask'),
      updateTask: call('updateTask'),
      listTasks: call('listTasks'),
      deleteTask: call('deleteTask'),
    }
  }

  get rateLimitStore(): RateLimitStore {
    return { take: this.#calls('rateLimitStore')('take') }
  }

  get eventStore(): EventStore {
    const call = this.#calls('eventStore')
    return {
      storeEvent: call('storeEvent'),
      getStreamIdForEventId: call('getStreamIdForEventId'),
      deleteEvents: call('deleteEvents'),
      replayEventsAfter: async (after, { send }) => {
        const [stream, events] = (await this.#call('eventStore', 'replay', [after])) as [
          string,
          [string, JSONRPCMessage][],
        ]
        for (const [id, message] of events) await send(id, message)
        return stream
      },
    }
  }

  get sessionBus(): SessionBus {
    return {
      send: this.#calls('sessionBus')('send'),
      listen: (channel, listener) =>
        this.#listen('sessionBus', 'listen', [channel], listener as (heard: BusMessage) => void),
    }
  }

  get bus(): ServerEventBus & { subscribed(listener: (event: ServerEvent) => void): Promise<() => void> } {
    return {
      publish: (event) => void this.#call('bus', 'publish', [event]),
      subscribe: () => {
        throw new Error('Use subscribed, which waits for the isolate')
      },
      subscribed: (listener) => this.#listen('bus', 'subscribe', [], listener),
    }
  }

  /** Ends the request. */
  async close(): Promise<void> {
    ;(await this.#socket).close()
  }

  async #listen(
    part: string,
    method: string,
    args: unknown[],
    listener: (heard: never) => void,
  ): Promise<() => void> {
    const [id, listening] = this.#start(part, method, args)
    this.#listeners.set(id, (heard) => {
      try {
        listener(heard)
      } catch {
        // The isolate reports errors of its own listeners.
      }
    })
    await listening
    return () => {
      this.#listeners.delete(id)
      void this.#call(String(id), 'stop', []).catch(() => {})
    }
  }

  #calls(part: string) {
    return (method: string) =>
      (...args: unknown[]): Promise<any> =>
        this.#call(part, method, args)
  }

  #call(part: string, method: string, args: unknown[]): Promise<unknown> {
    return this.#start(part, method, args)[1]
  }

  #start(part: string, method: string, args: unknown[]): [id: number, value: Promise<unknown>] {
    const id = ++this.#lastId
    const value = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      const call: Call = { id, part, method, args: args.map((arg) => arg ?? undefined) }
      this.#socket.then((socket) => socket.send(JSON.stringify(call)), reject)
    })
    return [id, value]
  }

  async #connect(isolates: Isolates, isolate: Isolate, options: SubjectOptions): Promise<Socket> {
    const worker = await isolates.worker(isolate)
    const query = encodeURIComponent(JSON.stringify(options))
    const response = await worker.fetch(`http://isolate/?options=${query}`, {
      headers: { upgrade: 'websocket' },
    })
    const socket = response.webSocket as Socket | null
    if (!socket) throw new Error(`No WebSocket: ${await response.text()}`)
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))))
    socket.accept()
    return socket
  }

  #receive({ id, value, error, heard }: Reply): void {
    if (heard !== undefined) {
      this.#listeners.get(id)?.(heard as never)
      return
    }
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === undefined) pending?.resolve(value)
    else pending?.reject(new Error(error))
  }
}

const toRecord = (sent: any): SessionRecord | undefined =>
  sent && {
    ...sent,
    createdAt: new Date(sent.createdAt),
    updatedAt: new Date(sent.updatedAt),
    expiresAt: new Date(sent.expiresAt),
  }
