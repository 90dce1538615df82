import type { Table } from './table.ts'

/** What the parts of a Durable Object get from it. */
export interface ObjectHost {
  /** Opens a table; see {@link Table}. */
  table(name: string, columns: string): Table
  /** Has expired rows removed some time after `at` (milliseconds since the epoch). */
  expectExpiry(at: number): void
  /** Has jobs run at a time (milliseconds since the epoch). */
  wakeAt(at: number): void
  /** Sends a text to every WebSocket. */
  broadcast(text: string): void
}
