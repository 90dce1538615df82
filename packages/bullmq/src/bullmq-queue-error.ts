import { toError } from '@portico-mcp/core/internal'

/** The reason why a job could not be added or removed. */
export type BullmqQueueErrorCode =
  /** Redis did not answer in time. The job may have been added or removed, or not. */
  | 'queue-timeout'
  /** Redis cannot be reached, or refused. */
  | 'queue-unreachable'
  /** `close()` was called. */
  | 'queue-closed'

/** The error that the queue rejects with. Distinguish errors by `code`. The message contains no URL and no password. */
export class BullmqQueueError extends Error {
  readonly code: BullmqQueueErrorCode

  constructor(code: BullmqQueueErrorCode, message: string) {
    super(message)
    this.name = 'BullmqQueueError'
    this.code = code
  }
}

/** Converts an error of BullMQ or its Redis client. */
export function toQueueError(thrown: unknown): BullmqQueueError {
  if (thrown instanceof BullmqQueueError) return thrown
  const { message, code } = toError(thrown) as Error & { code?: unknown }
  // The reply to AUTH or HELLO may repeat its arguments, which contain the password.
  const [head] = (message || String(code ?? 'unknown error')).split(/,? with args/)
  return new BullmqQueueError('queue-unreachable', `The queue cannot be reached: ${head}`)
}
