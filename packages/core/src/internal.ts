/** What a way of serving 2025-era traffic is built of; see `LegacyTransport`. */

export { type Accepted, readAccept } from './http/accept.ts'
export { batchResponse } from './http/batch-response.ts'
export { type Check, type CheckResult, runCheck } from './http/check.ts'
export { closeAfterPartialBody } from './http/close-connection.ts'
export { discardBody, giveUp, isWorkerd } from './http/discard-body.ts'
export {
  abortionOf,
  handlerClosed,
  invalidParams,
  invalidRequest,
  notAcceptable,
  toRefusal,
} from './http/errors.ts'
export { parseBody, readHandedBody } from './http/handed-body.ts'
export { checkDepth, parsedSize, parseJson } from './http/json-depth.ts'
export { isJsonType } from './http/json-type.ts'
export { type KeepAlive, keepAlive } from './http/keep-alive.ts'
export { logFailure } from './http/log-failure.ts'
export { wrap } from './http/middleware.ts'
export { joinBytes, readBytes, readTextWithin } from './http/read-bytes.ts'
export { type ReadRequest, readJson, readJsonText } from './http/read-json.ts'
export { keepSignal, rebuildRequest } from './http/rebuild-request.ts'
export { RefusalError } from './http/refusal-error.ts'
export type {
  ResponseHead,
  ResponseStream,
  ResponseStreamEvents,
  ResponseWriter,
} from './http/response-writer.ts'
export { acknowledge, jsonResponse } from './http/response-writer.ts'
export { type EventStream, openEventStream } from './http/sse.ts'
export { isAuthInfo, readAuthInfo } from './identity/auth-info.ts'
export { networkOf } from './identity/caller-key.ts'
export { authInfoOfClaims, type Claims, claimsOf, clientIdOf, scopesOf, textOfId } from './identity/claims.ts'
export { principalOf, subjectOf, userKeyOf } from './identity/principal.ts'
export { unaskable } from './input/client-requests.ts'
export type { ServerExtra } from './input/request-context.ts'
export { checkBatch, readAcceptable } from './legacy/serve.ts'
export { LOG_LEVELS, readMessage } from './protocol/envelope.ts'
export { eventOf, notificationOf, subscribeTo } from './protocol/events.ts'
export { errorMessage, idOf, isNotification, isObject, isRequest, isResponse } from './protocol/json-rpc.ts'
export { SUPPORTED_PROTOCOL_VERSIONS } from './protocol/sdk.ts'
export { HANDLER_OPTIONS } from './read-options.ts'
export { cleanUp, serverOf } from './server/cleanup.ts'
export { connectServer, type HostTransport } from './server/connect-server.ts'
export { extraOf } from './server/request-scope.ts'
export { sanitizeError } from './server/sanitize-error.ts'
export {
  checkNames,
  checkOptions,
  type Rule,
  type Rules,
  shown,
  validateOptions,
} from './utils/check-options.ts'
export { isEqual } from './utils/constant-time.ts'
export { sha256, sha256Bytes, toHex } from './utils/digest.ts'
export { isPromise } from './utils/maybe-promise.ts'
export * as optionRules from './utils/option-rules.ts'
export { reporter, textOf, toError } from './utils/to-error.ts'
