/**
 * Helpers that Portico's own packages share. They are no public API: any release may change or remove them.
 *
 * @internal
 * @module
 */

export { type Check, type CheckResult, runCheck } from './http/check.ts'
export { closeAfterPartialBody } from './http/close-connection.ts'
export { discardBody, giveUp } from './http/discard-body.ts'
export type {
  ExchangeObserver,
  ObservedHead,
  RequestObserver,
  ResponseEnd,
} from './http/exchange-observer.ts'
export { parseBody, readHandedBody } from './http/handed-body.ts'
export { checkDepth } from './http/json-depth.ts'
export { logFailure } from './http/log-failure.ts'
export { isJsonType } from './http/media-types.ts'
export { wrap } from './http/middleware.ts'
export { observeExchange } from './http/observe-exchange.ts'
export type { RawHeaders } from './http/raw-headers.ts'
export { joinBytes, readBytes, readTextWithin } from './http/read-bytes.ts'
export { parseJson, type ReadRequest, readJson, readJsonText } from './http/read-json.ts'
export { keepSignal, rebuildRequest } from './http/rebuild-request.ts'
export { RefusalError } from './http/refusal-error.ts'
export { readPath } from './http/request-path.ts'
export type {
  ResponseHead,
  ResponseStream,
  ResponseStreamEvents,
  ResponseWriter,
} from './http/response-writer.ts'
export { standardWriter } from './http/response-writer.ts'
export { changeRequestOptions } from './http/to-fetch.ts'
export { watchBody } from './http/watch-body.ts'
export { isAuthInfo, readAuthInfo } from './identity/auth-info.ts'
export { type Claims, listScopes, readClaims, readClientId, toAuthInfo, toIdText } from './identity/claims.ts'
export { createUserKey, readSubject } from './identity/principal.ts'
export { mayUseTool, setToolPermission, type ToolPermission } from './identity/tool-permission.ts'
export { normalizeRequest, readInterim } from './input/interim-result.ts'
export { findRequestContext } from './input/request-context.ts'
export { digest, type RequestStates, requestStates } from './input/request-state.ts'
export * from './legacy/transport-internals.ts'
export { LOG_LEVELS } from './protocol/envelope.ts'
export { toServerEvent } from './protocol/events.ts'
export { readId } from './protocol/json-rpc.ts'
export { type ParamHeader, readParamHeaders } from './protocol/param-headers.ts'
export { HANDLER_OPTIONS } from './read-options.ts'
export { cleanUp, unwrapServer } from './server/cleanup.ts'
export {
  checkNames,
  checkOptions,
  type Rule,
  type Rules,
  shown,
  validateOptions,
} from './utils/check-options.ts'
export { isEqual } from './utils/constant-time.ts'
export {
  type ContractCase,
  eventually,
  expectEqual,
  expectRejects,
  NotApplicable,
  newId,
} from './utils/contract.ts'
export { sha256, sha256Bytes, toHex } from './utils/digest.ts'
export { isWorkerd } from './utils/event-loop.ts'
export { KeyedQueue } from './utils/keyed-queue.ts'
export { toLifetimeMs } from './utils/lifetime.ts'
export * as optionRules from './utils/option-rules.ts'
export { redactCredentials } from './utils/redact-credentials.ts'
export { rememberLast } from './utils/remember-last.ts'
export { reporter, textOf, toError } from './utils/to-error.ts'
export { isPromise } from './utils/type-guards.ts'
