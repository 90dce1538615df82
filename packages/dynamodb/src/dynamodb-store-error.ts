/**
 * The error that the stores reject with if DynamoDB rejects a call, fails, or does not answer in time.
 *
 * It contains no request, response or cause, since these can contain credentials.
 */
export class DynamoDBStoreError extends Error {
  /**
   * The name of DynamoDB's error, such as `ResourceNotFoundException`, or of the system's, such as `ECONNREFUSED`.
   * `TimeoutError` if `timeoutMs` has passed, `ContentionError` if other writers kept changing the same item, and
   * `InvalidResponseError` if the response did not come from DynamoDB.
   */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'DynamoDBStoreError'
    this.code = code
  }
}

// Messages of other errors can contain the signed request.
const SAFE_ERRORS = new Set([
  'AccessDeniedException',
  'ItemCollectionSizeLimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ResourceNotFoundException',
  'ThrottlingException',
  'ValidationException',
])

/** Converts an error of the SDK. Its message is only kept for errors that cannot contain credentials. */
export function toStoreError(error: unknown, operation: string, tableName: string): DynamoDBStoreError {
  const code = getCode(error)
  const details = SAFE_ERRORS.has(code) ? `: ${(error as Error).message}` : ''
  return new DynamoDBStoreError(code, `${operation} on table ${tableName} failed with ${code}${details}`)
}

function getCode(error: unknown): string {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  for (const one of [code, name]) if (typeof one === 'string' && one !== 'Error') return one
  return 'UnknownError'
}
