/**
 * The part of the Workers platform that this package uses. It is declared here, so that the package compiles beside any
 * version of `@cloudflare/workers-types`.
 */

/** A Durable Object, as a Worker reaches it. */
export interface ObjectStub {
  fetch(url: string, init?: RequestInit): Promise<Response>
}

/** A binding of a Durable Object class, as `env.PORTICO`. */
export interface ObjectNamespace {
  getByName(name: string): ObjectStub
}

/** The rows of a statement. */
export interface SqlCursor extends Iterable<Record<string, unknown>> {
  toArray(): Record<string, unknown>[]
}

/** The SQLite database of a Durable Object. Statements run synchronously. */
export interface Sql {
  exec(statement: string, ...bindings: (string | number | null)[]): SqlCursor
}

/** The storage of a Durable Object. */
export interface ObjectStorage {
  readonly sql: Sql
  getAlarm(): Promise<number | null>
  setAlarm(at: number): Promise<void>
  deleteAlarm(): Promise<void>
  deleteAll(): Promise<void>
}

/** The end of a WebSocket that this code holds. */
export interface PlatformSocket {
  accept(): void
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close' | 'error', listener: () => void): void
}

/** What a Durable Object gets in its constructor. */
export interface ObjectState {
  readonly storage: ObjectStorage
  blockConcurrencyWhile(prepare: () => Promise<void>): Promise<void>
  acceptWebSocket(socket: PlatformSocket): void
  getWebSockets(): PlatformSocket[]
  setWebSocketAutoResponse(pair: unknown): void
}

interface PlatformGlobals {
  WebSocketPair: new () => { 0: PlatformSocket; 1: PlatformSocket }
  WebSocketRequestResponsePair: new (request: string, response: string) => unknown
}

/** The globals of Workers that no other platform has. */
export const platform: PlatformGlobals = globalThis as unknown as PlatformGlobals

/** The WebSocket of a response to an upgrade. */
export const readSocket = (response: Response): PlatformSocket | undefined =>
  (response as Response & { webSocket?: PlatformSocket | null }).webSocket ?? undefined
