/** The stable id of what went wrong in a call: tell errors apart by it, never by their text. */
export type ApiErrorReason =
  | 'status'
  | 'no-base-url'
  | 'invalid-url'
  | 'network'
  | 'timeout'
  | 'redirect'
  | 'response-too-large'
  | 'invalid-json'

/** What an {@link ApiError} knows besides its reason and message. */
export interface ApiErrorDetails {
  /** HTTP status of the answer. */
  status?: number | undefined
  /** Body of the answer: parsed where it is JSON, bytes where it is binary, text otherwise. */
  body?: unknown
  /** What went wrong underneath. */
  cause?: unknown
}

/** A call that brought no result. Its message names no query and no header. */
export class ApiError extends Error {
  /** The stable id of what went wrong. */
  declare readonly reason: ApiErrorReason
  /** HTTP status of the answer; undefined where there was none. */
  declare readonly status: number | undefined
  /** Body of the answer: parsed where it is JSON, text otherwise. */
  declare readonly body: unknown

  constructor(reason: ApiErrorReason, message: string, { status, body, cause }: ApiErrorDetails = {}) {
    super(message, { cause })
    this.name = 'ApiError'
    this.reason = reason
    this.status = status
    this.body = body
  }
}
