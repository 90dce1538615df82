import { Refusal } from '@portico-mcp/core'

const RETRY_AFTER = { 'retry-after': '5' }

/** All processes are busy, and the queue is full or has not moved in time (503). */
export const allBusy = (): Refusal =>
  new Refusal('upstream-busy', 'Every process of this server is busy: try again later', {
    headers: RETRY_AFTER,
  })

/** A process that ends again and again is not started for a while (503). */
export const startsLater = (waitMs: number): Refusal =>
  new Refusal('upstream-busy', 'The process of this server has ended unexpectedly: try again later', {
    headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
  })

/** The server behind the endpoint could not be started or reached (502). */
export const cannotStart = (cause: unknown): Refusal =>
  new Refusal('upstream-failed', 'The MCP server behind this endpoint could not be started', { cause })

/** The pool is closed (503). */
export const poolClosed = (): Refusal => new Refusal('closed', 'The pool of processes is closed')
