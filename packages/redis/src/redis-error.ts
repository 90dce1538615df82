import { toError } from '@portico-mcp/core/internal'
import { ErrorReply } from 'redis'

/** The reason why a command failed. */
export type RedisErrorCode =
  /** There is no connection. New attempts to connect are made. */
  | 'redis-unreachable'
  /** Redis did not answer in time. The command may have been executed or not. */
  | 'redis-timeout'
  /** Redis answered with an error. */
  | 'redis-refused'
  /** `close()` was called. */
  | 'redis-closed'

/**
 * The error that the stores and the bus reject with if Redis cannot be reached, does not answer in time, or answers with
 * an error. Distinguish errors by `code`. The message contains no password and no stored data.
 */
export class RedisError extends Error {
  readonly code: RedisErrorCode

  constructor(code: RedisErrorCode, message: string) {
    super(message)
    this.name = 'RedisError'
    this.code = code
  }
}

/** Converts an error of a client. Secrets that a reply or a URL repeats are removed from its message. */
export function toRedisError(thrown: unknown, secrets: readonly string[]): RedisError {
  if (thrown instanceof RedisError) return thrown
  const error = toError(thrown)
  // The reply to an unknown command, such as HELLO behind a proxy, repeats its arguments, which include the password.
  const [head = ''] = getMessage(error).split(/,? with args/)
  const message = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), head)
  return error instanceof ErrorReply
    ? new RedisError('redis-refused', `Redis refused: ${message}`)
    : new RedisError('redis-unreachable', `Redis cannot be reached: ${message}`)
}

// If a hostname has several addresses, the error has one inner error for each.
function getMessage(error: Error): string {
  const { errors } = error as Partial<AggregateError>
  return error.message || (errors ?? []).map((one: Error) => one.message).join('; ') || error.name
}
