import { type ObjectState, type PlatformSocket, platform } from '../platform.ts'
import { createBuckets } from './buckets.ts'
import { type Channel, createChannel } from './channel.ts'
import { createClaims } from './claims.ts'
import { createEvents } from './events.ts'
import { createJobs, type Jobs } from './jobs.ts'
import { Lifetime } from './lifetime.ts'
import type { ObjectApi } from './object-api.ts'
import { createRecords } from './records.ts'
import { Table } from './table.ts'
import { createTaskList } from './task-list.ts'
import { createTasks } from './tasks.ts'

/**
 * The Durable Object that keeps what the isolates of a Worker share. Export it from the Worker, and bind it as a class
 * with SQLite storage:
 *
 * ```jsonc
 * "durable_objects": { "bindings": [{ "name": "PORTICO", "class_name": "PorticoObject" }] },
 * "migrations": [{ "tag": "v1", "new_sqlite_classes": ["PorticoObject"] }]
 * ```
 *
 * Each object keeps one thing: a session with its events and its channel, the rate limit of a client, a part of the
 * records of an authorization server, a task. An alarm runs tasks, and removes what has expired. An object without rows
 * leaves no storage. Listeners are WebSockets that hibernate, so an idle object is not in memory.
 */
export class PorticoObject {
  /** Satisfies the type parameter of `DurableObjectNamespace`. It does not exist. */
  declare readonly __DURABLE_OBJECT_BRAND: never

  /** What the platform gives to the object. */
  protected readonly ctx: ObjectState
  /** The bindings of the Worker. */
  protected readonly env: unknown
  readonly #tables: Table[] = []
  readonly #lifetime: Lifetime
  readonly #channel: Channel
  readonly #jobs: Jobs
  readonly #api: ObjectApi

  constructor(ctx: ObjectState, env: unknown) {
    this.ctx = ctx
    this.env = env
    this.#lifetime = new Lifetime(ctx.storage)
    ctx.blockConcurrencyWhile(() => this.#lifetime.load())
    // A ping keeps the WebSocket of a listener open, and is answered without waking the object.
    ctx.setWebSocketAutoResponse(new platform.WebSocketRequestResponsePair('ping', 'pong'))
    const host = {
      table: (name: string, columns: string) => this.#open(name, columns),
      expectExpiry: (at: number) => this.#lifetime.expectExpiry(at),
      wakeAt: (at: number) => this.#lifetime.wakeAt(at),
      broadcast: (text: string) => this.#broadcast(text),
    }
    this.#channel = createChannel(host)
    this.#jobs = createJobs(host)
    this.#api = {
      ...createRecords(host),
      ...createClaims(host),
      ...createEvents(host),
      ...createBuckets(host),
      ...createTasks(host),
      ...createTaskList(host),
      send: this.#channel.send,
      addJob: this.#jobs.addJob,
      removeJob: this.#jobs.removeJob,
    }
  }

  /** Answers a call of `cloudflare()`, or opens the WebSocket of a listener. */
  async fetch(request: Request): Promise<Response> {
    if (request.headers.get('upgrade') === 'websocket') {
      return this.#listen(Number(new URL(request.url).searchParams.get('after') ?? Number.MAX_SAFE_INTEGER))
    }
    const [method, args] = (await request.json()) as [string, unknown[]]
    if (!Object.hasOwn(this.#api, method)) return new Response(`Unknown method: ${method}`, { status: 400 })
    const call = this.#api[method as keyof ObjectApi] as (...args: unknown[]) => unknown
    return Response.json(await call(...args))
  }

  /** Runs the job of a task, and removes what has expired. */
  async alarm(): Promise<void> {
    this.#lifetime.begin()
    const wakeAt = await this.#jobs.run()
    if (wakeAt !== undefined) this.#lifetime.wakeAt(wakeAt)
    const now = Date.now()
    const expiries = this.#tables.map((table) => table.expire(now)).filter((at) => at !== undefined)
    if (expiries.length > 0) return this.#lifetime.renew(expiries)
    for (const table of this.#tables) table.forget()
    await this.#lifetime.empty()
  }

  /** Listeners send nothing but pings, which the platform answers. */
  webSocketMessage(): void {}

  /** Completes the closing handshake of a listener. */
  webSocketClose(socket: PlatformSocket): void {
    closeQuietly(socket)
  }

  webSocketError(socket: PlatformSocket): void {
    closeQuietly(socket)
  }

  #open(name: string, columns: string): Table {
    const table = new Table(this.ctx.storage.sql, name, columns)
    this.#tables.push(table)
    return table
  }

  #listen(after: number): Response {
    const { 0: client, 1: server } = new platform.WebSocketPair()
    this.ctx.acceptWebSocket(server)
    for (const frame of this.#channel.readAfter(after)) server.send(frame)
    return new Response(null, { status: 101, webSocket: client } as ResponseInit)
  }

  #broadcast(text: string): void {
    for (const socket of this.ctx.getWebSockets()) {
      try {
        socket.send(text)
      } catch {
        // The listener has left. The platform calls `webSocketClose`.
      }
    }
  }
}

function closeQuietly(socket: PlatformSocket): void {
  try {
    socket.close(1000)
  } catch {
    // It is closed already.
  }
}
