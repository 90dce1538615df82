import { isObject } from './calls.ts'

/** Reasons of guards and token checks, as `error.data.reason` or the OAuth `error` contains them. */
const NAMED = new Set([
  'host-malformed',
  'host-not-allowed',
  'origin-malformed',
  'origin-not-allowed',
  'url-too-long',
  'headers-too-large',
  'rate-limited',
  'rate-limit-unavailable',
  'check-failed',
  'invalid_token',
  'insufficient_scope',
  'invalid_request',
  'method_not_allowed',
  'server_error',
  'temporarily_unavailable',
])

/** Reasons of a handler, whose responses contain none, by status and JSON-RPC code. */
const BY_CODE: Record<string, string> = {
  '400 -32700': 'parse-error',
  '400 -32600': 'invalid-request',
  '400 -32602': 'invalid-envelope',
  '400 -32020': 'header-mismatch',
  '400 -32021': 'missing-capability',
  '400 -32022': 'unsupported-version',
  '404 -32601': 'method-not-found',
}

const BY_STATUS: Record<number, string> = {
  401: 'invalid_token',
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  429: 'rate-limited',
  499: 'client-left',
  500: 'internal',
  503: 'closed',
  504: 'request-timeout',
}

/** Returns the stable reason of a response that refuses a request. */
export function findReason(status: number, body: unknown): string {
  const { error } = isObject(body) ? body : {}
  const named = isObject(error) ? isObject(error.data) && error.data.reason : error
  if (typeof named === 'string' && NAMED.has(named)) return named
  const code = isObject(error) ? error.code : undefined
  return BY_CODE[`${status} ${code}`] ?? BY_STATUS[status] ?? (status < 500 ? 'refused' : 'failed')
}
