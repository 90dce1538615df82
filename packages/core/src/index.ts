export { type CloseOptions, createMcpHandler, isLegacyRequest, type McpHttpHandler } from './handler.ts'
export { errorResponse, Refusal, type RefusalDetails, type RefusalReason } from './http/errors.ts'
export { readJsonBody } from './http/read-json.ts'
export type {
  ResponseInitOf,
  ResponseStream,
  Responses,
  StreamListener,
  StreamResponse,
  TextResponse,
} from './http/response-writer.ts'
export { toFetch } from './http/to-fetch.ts'
export type { Asker, Question } from './input/client-requests.ts'
export {
  acceptedContent,
  type InputRequest,
  type InputRequiredResult,
  type InputRequiredSpec,
  type InputResponseView,
  inputRequired,
  inputResponse,
  isInputRequiredResult,
} from './input/input-required.ts'
export { once } from './input/once.ts'
export { aliasTurn, type HandlerExtra, inputResponses, requestState } from './input/request-context.ts'
export type { RequestStateOptions } from './input/request-state.ts'
export type { LegacyHost, LegacyLeg, LegacyServing } from './legacy/serve.ts'
export {
  type BuiltServer,
  type CacheableMethod,
  type CacheHint,
  type CreateMcpHandlerOptions,
  type FetchHandler,
  type McpHandlerRequestOptions,
  type McpRequestContext,
  type McpServerFactory,
  type McpServerLike,
  REQUEST_OPTIONS,
  type ResponseMode,
  type ServerWithCleanup,
  type Settings,
} from './options.ts'
export {
  InMemoryServerEventBus,
  type ServerEvent,
  type ServerEventBus,
  type ServerNotifier,
} from './protocol/events.ts'
export { McpServer } from './server/fast/mcp-server.ts'
