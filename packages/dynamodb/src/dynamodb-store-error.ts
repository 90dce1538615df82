/**
 * What the stores reject with where DynamoDB refuses a call, fails, or does not answer in time.
 *
 * It holds no request, no response and no cause, which could carry credentials.
 */
export class DynamoDBStoreError extends Error {
  /**
   * DynamoDB's name of the error, as `ResourceNotFoundException`; the system's, as `ECONNREFUSED`;
   * `TimeoutError` where the time was over; `ContentionError` where other writers always came first;
   * `InvalidResponseError` where something between answered in DynamoDB's place.
   */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'DynamoDBStoreError'
    this.code = code
  }
}

// others can quote the signed request
const SPEAKING = new Set([
  'AccessDeniedException',
  'ItemCollectionSizeLimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ResourceNotFoundException',
  'ThrottlingException',
  'ValidationException',
])

/** What a call ended in, without what only the SDK may know. */
export function toStoreError(error: unknown, operation: string, tableName: string): DynamoDBStoreError {
  const code = codeOf(error)
  const details = SPEAKING.has(code) ? `: ${(error as Error).message}` : ''
  return new DynamoDBStoreError(code, `${operation} on table ${tableName} failed with ${code}${details}`)
}

function codeOf(error: unknown): string {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  for (const one of [code, name]) if (typeof one === 'string' && one !== 'Error') return one
  return 'UnknownError'
}
