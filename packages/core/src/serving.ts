/** What a way of serving 2025-era traffic is built of; see `LegacyServing`. */
export { type Accepted, readAccept } from './accept.ts'
export { readJsonText } from './admit.ts'
export { unaskable } from './ask.ts'
export { isAuthInfo, readAuthInfo } from './auth-info.ts'
export { batchResponse } from './batch.ts'
export { eventOf, notificationOf, subscribeTo } from './bus.ts'
export { networkOf } from './caller-key.ts'
export { cleanUp, serverOf } from './cleanup.ts'
export { connectServer, type HostTransport } from './connect-server.ts'
export { discardBody, giveUp } from './discard-body.ts'
export { LOG_LEVELS } from './envelope.ts'
export { isPromise } from './eventual.ts'
export { parseBody, readHandedBody } from './handed-body.ts'
export { authInfoOfClaims, type Claims, claimsOf, clientIdOf, scopesOf, textOfId } from './identity.ts'
export { checkDepth, parsedSize, parseJson } from './json-depth.ts'
export {
  acknowledge,
  errorMessage,
  isNotification,
  isObject,
  isRequest,
  isResponse,
  jsonResponse,
} from './json-rpc.ts'
export { type KeepAlive, keepAlive } from './keep-alive.ts'
export { acceptable, checkBatch } from './legacy.ts'
export { logFailure } from './log-failure.ts'
export { maskError } from './mask.ts'
export { readMessage } from './message.ts'
export { principalOf, subjectOf, userKeyOf } from './principal.ts'
export {
  abortionOf,
  handlerClosed,
  invalidParams,
  invalidRequest,
  notAcceptable,
  toRefusal,
} from './refusal.ts'
export type { Responses } from './responses.ts'
export { SUPPORTED_PROTOCOL_VERSIONS } from './sdk.ts'
export { extraOf } from './server-extra.ts'
export { type EventStream, openEventStream } from './sse.ts'
export { reporter, textOf, toError } from './to-error.ts'
export type { ServerExtra } from './turn.ts'
