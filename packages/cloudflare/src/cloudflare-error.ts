/**
 * The reason of a {@link CloudflareError}: the object cannot be reached, it has too many requests at once, it did not
 * answer in time, or it answered with an error.
 */
export type CloudflareErrorCode =
  | 'object-unreachable'
  | 'object-overloaded'
  | 'object-timeout'
  | 'object-failed'

/** Thrown if a Durable Object does not do what it was asked for. The message contains no stored data. */
export class CloudflareError extends Error {
  readonly code: CloudflareErrorCode

  constructor(code: CloudflareErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CloudflareError'
    this.code = code
  }
}

/** Converts an error of the platform; see the properties `overloaded` and `retryable` of Durable Object errors. */
export function toCloudflareError(thrown: unknown): CloudflareError {
  if (thrown instanceof CloudflareError) return thrown
  if ((thrown as { overloaded?: unknown } | null)?.overloaded === true) {
    return new CloudflareError('object-overloaded', 'A Durable Object has too many requests at once', {
      cause: thrown,
    })
  }
  return new CloudflareError('object-unreachable', 'A Durable Object cannot be reached', { cause: thrown })
}
