/** What a way of serving 2025-era traffic is built of; see `LegacyServing`. */
export { type Accepted, readAccept } from './http/accept.ts'
export { discardBody, giveUp } from './http/discard-body.ts'
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
export { type KeepAlive, keepAlive } from './http/keep-alive.ts'
export { readJsonText } from './http/read-json.ts'
export type { Responses } from './http/response-writer.ts'
export { type EventStream, openEventStream } from './http/sse.ts'
export { isAuthInfo, readAuthInfo } from './identity/auth-info.ts'
export { networkOf } from './identity/caller-key.ts'
export { authInfoOfClaims, type Claims, claimsOf, clientIdOf, scopesOf, textOfId } from './identity/claims.ts'
export { principalOf, subjectOf, userKeyOf } from './identity/principal.ts'
export { unaskable } from './input/client-requests.ts'
export type { ServerExtra } from './input/request-context.ts'
export { extraOf } from './input/server-extra.ts'
export { batchResponse } from './legacy/batch.ts'
export { acceptable, checkBatch } from './legacy/serve.ts'
export { LOG_LEVELS } from './protocol/envelope.ts'
export { eventOf, notificationOf, subscribeTo } from './protocol/events.ts'
export {
  acknowledge,
  errorMessage,
  isNotification,
  isObject,
  isRequest,
  isResponse,
  jsonResponse,
} from './protocol/json-rpc.ts'
export { readMessage } from './protocol/read-message.ts'
export { cleanUp, serverOf } from './server/cleanup.ts'
export { connectServer, type HostTransport } from './server/connect-server.ts'
export { maskError } from './server/sanitize-error.ts'
export { SUPPORTED_PROTOCOL_VERSIONS } from './server/sdk.ts'
export { checkNames, checkOptions, type Rules, shown } from './utils/check-options.ts'
export { sha256 } from './utils/digest.ts'
export { logFailure } from './utils/log-failure.ts'
export { isPromise } from './utils/maybe-promise.ts'
export { reporter, textOf, toError } from './utils/to-error.ts'
