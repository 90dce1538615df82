import { toError } from '@portico-mcp/core/internal'
import { ErrorReply } from 'redis'

/** Why Redis could not be asked. */
export type RedisErrorCode =
  /** There is no connection; it is being looked for. */
  | 'redis-unreachable'
  /** It did not answer in time; what was asked may have been done or not. */
  | 'redis-timeout'
  /** It was asked, and refused. */
  | 'redis-refused'
  /** `close()` was called. */
  | 'redis-closed'

/**
 * What every store, and the bus, rejects with where Redis cannot be reached, does not answer in time, or
 * refuses. Told apart by `code`; its message holds no password and nothing that was stored.
 */
export class RedisError extends Error {
  readonly code: RedisErrorCode

  constructor(code: RedisErrorCode, message: string) {
    super(message)
    this.name = 'RedisError'
    this.code = code
  }
}

/** The error of a client as one to show: without the secrets that a reply or a URL would repeat. */
export function shown(thrown: unknown, secrets: readonly string[]): RedisError {
  if (thrown instanceof RedisError) return thrown
  const error = toError(thrown)
  // an unknown command, such as HELLO behind a proxy, is repeated with its arguments
  const [head = ''] = messageOf(error).split(/,? with args/)
  const message = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), head)
  return error instanceof ErrorReply
    ? new RedisError('redis-refused', `Redis refused: ${message}`)
    : new RedisError('redis-unreachable', `Redis cannot be reached: ${message}`)
}

// a host name with several addresses fails with one error for each
function messageOf(error: Error): string {
  const { errors } = error as Partial<AggregateError>
  return error.message || (errors ?? []).map((one: Error) => one.message).join('; ') || error.name
}
