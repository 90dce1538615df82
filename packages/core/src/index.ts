export { readJsonBody } from './admit.ts'
export type { Asker, Question } from './ask.ts'
export {
  InMemoryServerEventBus,
  type ServerEvent,
  type ServerEventBus,
  type ServerNotifier,
} from './bus.ts'
export { type CloseOptions, createMcpHandler, isLegacyRequest, type McpHttpHandler } from './handler.ts'
export {
  acceptedContent,
  type InputRequest,
  type InputRequiredResult,
  type InputRequiredSpec,
  type InputResponseView,
  inputRequired,
  inputResponse,
  isInputRequiredResult,
} from './input-required.ts'
export type { LegacyHost, LegacyLeg, LegacyServing } from './legacy.ts'
export { McpServer } from './mcp-server.ts'
export { once } from './once.ts'
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
export { errorResponse, Refusal, type RefusalDetails, type RefusalReason } from './refusal.ts'
export type { RequestStateOptions } from './request-state.ts'
export type {
  ResponseInitOf,
  ResponseStream,
  Responses,
  StreamListener,
  StreamResponse,
  TextResponse,
} from './responses.ts'
export { toFetch } from './to-fetch.ts'
export { aliasTurn, type HandlerExtra, inputResponses, requestState } from './turn.ts'
