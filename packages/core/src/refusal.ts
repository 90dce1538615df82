import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { errorMessage, jsonResponse } from './json-rpc.ts'

/** Every refusal there is: its HTTP status and its JSON-RPC code. */
const REASONS = {
  'method-not-allowed': { status: 405, code: -32600 },
  'unsupported-media-type': { status: 415, code: -32600 },
  'body-too-large': { status: 413, code: -32600 },
  'body-timeout': { status: 408, code: -32600 },
  'not-acceptable': { status: 406, code: -32600 },
  'parse-error': { status: 400, code: -32700 },
  'invalid-request': { status: 400, code: -32600 },
  'invalid-version': { status: 400, code: -32600 },
  'invalid-envelope': { status: 400, code: -32602 },
  'invalid-params': { status: 200, code: -32602 },
  'method-not-found': { status: 404, code: -32601 },
  'header-mismatch': { status: 400, code: -32020 },
  'missing-capability': { status: 400, code: -32021 },
  'unsupported-version': { status: 400, code: -32022 },
  'subscription-limit': { status: 200, code: -32603 },
  'no-back-channel': { status: 200, code: -32603 },
  'server-reused': { status: 500, code: -32603 },
  'not-a-server': { status: 500, code: -32603 },
  'body-already-read': { status: 500, code: -32603 },
  'request-timeout': { status: 504, code: -32603 },
  'client-left': { status: 499, code: -32603 },
  closed: { status: 503, code: -32603 },
  internal: { status: 500, code: -32603 },
} as const

/** The stable id of a refusal: tell refusals apart by it, never by their text. */
export type RefusalReason = keyof typeof REASONS

/** What a {@link Refusal} may carry besides its reason and message. */
export interface RefusalDetails {
  /** `error.data` of the answer. */
  data?: unknown
  /** HTTP headers of the answer. */
  headers?: Record<string, string>
  /** What went wrong underneath; reported, never sent. */
  cause?: unknown
}

/**
 * Why a request is not served. Any stage may throw one; the handler answers it with its HTTP status
 * and a JSON-RPC error, and passes it to `onerror`.
 *
 * Its message reaches the client. Whatever must not goes into `cause`.
 */
export class Refusal extends Error {
  /** The stable id of the refusal. */
  readonly reason: RefusalReason
  /** HTTP status of the answer. */
  readonly status: number
  /** JSON-RPC error code of the answer. */
  readonly code: number
  /** `error.data` of the answer. */
  readonly data: unknown
  /** HTTP headers of the answer. */
  readonly headers: Record<string, string>

  constructor(reason: RefusalReason, message: string, details: RefusalDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'Refusal'
    this.reason = reason
    this.status = REASONS[reason].status
    this.code = REASONS[reason].code
    this.data = details.data
    this.headers = details.headers ?? {}
  }
}

/** What went wrong as a refusal; anything but a {@link Refusal} is masked as an internal error. */
export function toRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('internal', 'Internal error', { cause: error })
}

/**
 * The answer to a request that failed: a refusal in the protocol's shape, anything else masked as an
 * internal error (500).
 *
 * @param error - What was thrown.
 * @param id - The request's JSON-RPC id; left out of the answer when it could not be read.
 */
export function errorResponse(error: unknown, id?: RequestId): Response {
  const { status, code, message, data, headers } = toRefusal(error)
  return jsonResponse(errorMessage(id, { code, message, data }), status, headers)
}

const STATUS_OF_CODE = new Map<number, number>(
  (['method-not-found', 'header-mismatch', 'missing-capability', 'unsupported-version'] as const).map(
    (reason) => [REASONS[reason].code, REASONS[reason].status],
  ),
)

/** The HTTP status under which a server's own error travels: 200, but for codes that 2026-07-28 maps. */
export function statusOfError(code: number): number {
  return STATUS_OF_CODE.get(code) ?? 200
}
