/** The stable id of the reason for an error. Compare this, not the message. */
export type ApiErrorReason =
  | 'status'
  | 'no-base-url'
  | 'invalid-url'
  | 'network'
  | 'timeout'
  | 'redirect'
  | 'response-too-large'
  | 'invalid-json'

/** Details of an {@link ApiError}. */
export interface ApiErrorDetails {
  /** The HTTP status of the response. */
  status?: number | undefined
  /** The body of the response: parsed JSON, bytes if it is binary, else text. */
  body?: unknown
  /** The underlying error. */
  cause?: unknown
}

/** The error of a failed API call. Its message contains neither query parameters nor headers. */
export class ApiError extends Error {
  /** The stable id of the reason. */
  declare readonly reason: ApiErrorReason
  /** The HTTP status; undefined if there was no response. */
  declare readonly status: number | undefined
  /** The body of the response: parsed JSON, bytes if it is binary, else text. */
  declare readonly body: unknown

  constructor(reason: ApiErrorReason, message: string, { status, body, cause }: ApiErrorDetails = {}) {
    super(message, { cause })
    this.name = 'ApiError'
    this.reason = reason
    this.status = status
    this.body = body
  }
}
