import {
  errorMessage,
  idOf,
  jsonResponse,
  logFailure,
  RefusalError,
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

/** The stable id of a refusal: tell refusals apart by it, never by their text. */
export type GuardRefusalReason = keyof typeof REASONS

/** What a {@link GuardRefusal} may carry besides its reason and message. */
export interface GuardRefusalDetails {
  /** The option that would allow the request; `error.data.option` of the answer. */
  option?: string
  /** Further members of `error.data`. */
  data?: Record<string, unknown>
  /** HTTP headers of the answer. */
  headers?: Record<string, string>
  /** What went wrong underneath; reported, never sent. */
  cause?: unknown
}

/** Why a request did not get past the guard. Passed to `onerror`; its message reaches the client. */
export class GuardRefusal extends RefusalError<GuardRefusalReason> {
  /** HTTP status of the answer. */
  readonly status: number
  /** JSON-RPC error code of the answer: -32600, or -32603 where the guard itself failed. */
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

/** A refusal as a JSON-RPC error; without an id, unless the body was read before. */
export function refusalResponse(refusal: GuardRefusal, parsedBody?: unknown): Response {
  const { status, headers } = refusal
  return jsonResponse(errorMessage(idOf(parsedBody), refusal), status, {
    headers: { 'cache-control': 'no-store', ...headers },
  })
}

/** Calls `onerror`; without one, it prints failures of this side. Reporting never changes an answer. */
export function report(onerror: ((error: Error) => void) | undefined, error: Error): void {
  const isFailure = error instanceof GuardRefusal && error.reason === 'check-failed'
  reporter(onerror ?? (isFailure ? logFailure : undefined))(error)
}

/** What a client sent, short enough to repeat. */
export const quote = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)
