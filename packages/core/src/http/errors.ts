import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { errorMessage } from '../protocol/json-rpc.ts'
import { toError, tryToText } from '../utils/to-error.ts'
import { RefusalError } from './refusal-error.ts'
import { jsonResponse } from './response-writer.ts'

/**
 * Every refusal there is: its HTTP status and its JSON-RPC code.
 */
const REASONS = {
  'parse-error': [400, -32700],
  'method-not-allowed': [405, -32600],
  'unsupported-media-type': [415, -32600],
  'body-too-large': [413, -32600],
  'body-too-deep': [400, -32602],
  'not-acceptable': [406, -32600],
  'session-required': [400, -32600],
  'session-too-large': [400, -32600],
  'session-not-found': [404, -32001],
  'invalid-request': [400, -32600],
  'invalid-envelope': [400, -32602],
  'invalid-params': [200, -32602],
  'invalid-request-state': [200, -32602],
  'method-not-found': [404, -32601],
  'header-mismatch': [400, -32020],
  'missing-capability': [400, -32021],
  'unsupported-version': [400, -32022],
  'server-reused': [500, -32603],
  'not-a-server': [500, -32603],
  'body-already-read': [500, -32603],
  'unidentified-caller': [500, -32603],
  'request-timeout': [504, -32603],
  'client-left': [499, -32603],
  'answer-too-large': [500, -32603],
  'sessions-busy': [503, -32603],
  'store-unavailable': [503, -32603],
  closed: [503, -32603],
  internal: [500, -32603],
  'subscription-limit': [200, -32603],
  'no-back-channel': [200, -32603],
  'message-dropped': [200, -32603],
  'too-many-rounds': [200, -32603],
  'request-state-too-large': [200, -32603],
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
export class Refusal extends RefusalError<RefusalReason> {
  /** HTTP status of the answer. */
  declare readonly status: number
  /** JSON-RPC error code of the answer. */
  declare readonly code: number
  /** `error.data` of the answer. */
  declare readonly data: unknown
  /** HTTP headers of the answer. */
  declare readonly headers: Record<string, string> | undefined

  constructor(reason: RefusalReason, message: string, { data, headers, cause }: RefusalDetails = {}) {
    super('Refusal', reason, message, cause)
    ;[this.status, this.code] = REASONS[reason]
    this.data = data
    this.headers = headers
  }
}

export const invalidRequest = (message: string): Refusal => new Refusal('invalid-request', message)

export const invalidParams = (message: string): Refusal => new Refusal('invalid-params', message)

export const methodNotAllowed = (allowed: readonly string[]): Refusal =>
  new Refusal('method-not-allowed', 'Method not allowed', { headers: { allow: allowed.join(', ') } })

export const notAcceptable = (types: string): Refusal =>
  new Refusal('not-acceptable', `Accept must allow ${types}`)

export const headerMismatch = (message: string): Refusal => new Refusal('header-mismatch', message)

export const handlerClosed = (): Refusal => new Refusal('closed', 'The handler is closed')

export const clientLeft = (): Refusal => new Refusal('client-left', 'The client left')

export const neverStreamed = (): Refusal => new Refusal('method-not-found', 'Answers are not streamed here')

/** Why a request was aborted: the refusal that its adapter gives as the reason, or else a client that left. */
export const readAbortReason = ({ reason }: AbortSignal): Refusal =>
  reason instanceof Refusal ? reason : clientLeft()

/** What went wrong as a refusal; anything but a {@link Refusal} is masked as an internal error. */
export const toRefusal = (cause: unknown): Refusal =>
  cause instanceof Refusal ? cause : new Refusal('internal', 'Internal error', { cause: readable(cause) })

/** The value that was thrown, or an error in its place if reading the value throws. */
const readable = (thrown: unknown): unknown => (tryToText(thrown) === undefined ? toError(thrown) : thrown)

/**
 * The answer to a request that failed: a refusal in the protocol's shape, anything else masked as an
 * internal error (500).
 *
 * @param error - What was thrown.
 * @param id - The request's JSON-RPC id; left out of the answer when it could not be read.
 */
export function errorResponse(error: unknown, id?: RequestId): Response {
  const refusal = toRefusal(error)
  return jsonResponse(errorMessage(id, refusal), refusal.status, { headers: refusal.headers })
}

/** The JSON-RPC code for links that have to be opened first, of 2025-11-25 (URL mode elicitation). */
export const URL_ELICITATION_REQUIRED = -32042

/** The JSON-RPC code for a method that is not there. */
export const METHOD_NOT_FOUND = -32601

/**
 * The HTTP status under which a server's own error travels to a 2026-07-28 client. What a handler throws is
 * an answer (200), except that a client must declare a capability, which the revision has as 400.
 *
 * @param lacksMethod - Whether the server has no handler for the method.
 */
export const statusOfError = (code: number, lacksMethod: boolean): number => {
  if (code === METHOD_NOT_FOUND && lacksMethod) return 404
  return code === -32021 ? 400 : 200
}
