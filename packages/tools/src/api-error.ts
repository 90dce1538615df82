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
  /** Body of the answer: parsed where it is JSON, text otherwise. */
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

const LONGEST_MESSAGE = 1000

/** The error of an answer that is none of success, in the words of its body where it has some. */
export function statusError({ status, statusText }: Response, text: string | undefined): ApiError {
  const body = parsed(text)
  const isJson = body !== text
  const message = (isJson ? errorOf(body) : statusText) || `HTTP ${status}`
  return new ApiError('status', message.slice(0, LONGEST_MESSAGE), { status, body })
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return text
  }
}

function errorOf(body: unknown): string | undefined {
  const { error } = (body ?? {}) as { error?: unknown }
  if (typeof error === 'string') return error
  const { message } = (error ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : undefined
}
