import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { errorMessage } from '../protocol/json-rpc.ts'
import { toError, tryToText } from '../utils/to-error.ts'
import { RefusalError } from './refusal-error.ts'
import { jsonResponse } from './response-writer.ts'

/**
 * The reasons of all refusals of core, each with its HTTP status and its JSON-RPC code.
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
  'upstream-busy': [503, -32603],
  'upstream-failed': [502, -32603],
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

/** Further members of a {@link Refusal}. */
export interface RefusalDetails {
  /** `error.data` of the answer. */
  data?: unknown
  /** HTTP headers of the answer. */
  headers?: Record<string, string>
  /** The underlying error; it is reported and never sent. */
  cause?: unknown
}

/**
 * Why a request is not served. Any stage may throw one; the handler answers it with its HTTP status
 * and a JSON-RPC error, and passes it to `onerror`.
 *
 * Its message reaches the client. Put secrets and internals into `cause`, which does not.
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

/** Returns why a request was aborted: the refusal that its adapter passed as the reason, otherwise `client-left`. */
export const readAbortReason = ({ reason }: AbortSignal): Refusal =>
  reason instanceof Refusal ? reason : clientLeft()

/** Converts a thrown value to a refusal; any value but a {@link Refusal} is masked as an internal error. */
export const toRefusal = (cause: unknown): Refusal =>
  cause instanceof Refusal ? cause : new Refusal('internal', 'Internal error', { cause: readable(cause) })

/** Returns the thrown value, or another error if reading the value throws. */
const readable = (thrown: unknown): unknown => (tryToText(thrown) === undefined ? toError(thrown) : thrown)

/**
 * Creates the response to a request that failed: a refusal as a JSON-RPC error, any other error masked as an internal
 * error (500).
 *
 * @param error - The thrown value.
 * @param id - The request's JSON-RPC id; undefined if it could not be read.
 */
export function errorResponse(error: unknown, id?: RequestId): Response {
  const refusal = toRefusal(error)
  return jsonResponse(errorMessage(id, refusal), refusal.status, { headers: refusal.headers })
}

/** The JSON-RPC code for URLs that the user has to open first (2025-11-25 URL mode elicitation). */
export const URL_ELICITATION_REQUIRED = -32042

/** The JSON-RPC code for an unknown method. */
export const METHOD_NOT_FOUND = -32601

/**
 * Returns the HTTP status of a server's JSON-RPC error for a 2026-07-28 client. An error of a handler is an answer
 * (200), except for a capability that the client does not declare, for which the revision requires 400.
 *
 * @param lacksMethod - Whether the server has no handler for the method.
 */
export const statusOfError = (code: number, lacksMethod: boolean): number => {
  if (code === METHOD_NOT_FOUND && lacksMethod) return 404
  return code === -32021 ? 400 : 200
}
