import {
  errorMessage,
  jsonResponse,
  logFailure,
  RefusalError,
  readId,
  reporter,
} from '@portico-mcp/core/internal'

const REASONS = {
  'host-malformed': 403,
  'host-not-allowed': 403,
  'origin-malformed': 403,
  'origin-not-allowed': 403,
  'url-too-long': 414,
  'headers-too-large': 431,
  'rate-limited': 429,
  'rate-limit-unavailable': 503,
  'check-failed': 500,
} as const

/** The stable id of a refusal. Distinguish refusals by it, not by their message. */
export type GuardRefusalReason = keyof typeof REASONS

/** The details of a {@link GuardRefusal}. */
export interface GuardRefusalDetails {
  /** The option that would allow the request. Sent as `error.data.option`. */
  option?: string
  /** Further members of `error.data`. */
  data?: Record<string, unknown>
  /** HTTP headers of the answer. */
  headers?: Record<string, string>
  /** The underlying error. It is reported but never sent. */
  cause?: unknown
}

/** The reason why a request was rejected. It is passed to `onerror`, and its message is sent to the client. */
export class GuardRefusal extends RefusalError<GuardRefusalReason> {
  /** HTTP status of the answer. */
  readonly status: number
  /** JSON-RPC error code of the answer: -32600, or -32603 if the check itself failed. */
  readonly code: number
  /** `error.data` of the answer. */
  readonly data: Record<string, unknown>
  /** HTTP headers of the answer. */
  readonly headers: Record<string, string> | undefined

  constructor(reason: GuardRefusalReason, message: string, details: GuardRefusalDetails = {}) {
    const { option, data, headers, cause } = details
    super('GuardRefusal', reason, message, cause)
    this.status = REASONS[reason]
    this.code = this.status < 500 ? -32600 : -32603
    this.data = { reason, ...(option !== undefined && { option }), ...data }
    this.headers = headers
  }
}

/**
 * Creates the response to a rejected request: a JSON-RPC error, with the request's id if the body was parsed before.
 */
export function refusalResponse(refusal: GuardRefusal, parsedBody?: unknown): Response {
  const { status, headers } = refusal
  return jsonResponse(errorMessage(readId(parsedBody), refusal), status, {
    headers: { 'cache-control': 'no-store', ...headers },
  })
}

/** Passes an error to `onerror`. Without `onerror`, failures of checks are printed. Never throws. */
export function report(onerror: ((error: Error) => void) | undefined, error: Error): void {
  const isFailure = error instanceof GuardRefusal && error.reason === 'check-failed'
  reporter(onerror ?? (isFailure ? logFailure : undefined))(error)
}

/** Shortens a text of the client for a message. */
export const quote = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)
