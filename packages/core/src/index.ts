export { createMcpHandler, isLegacyRequest, type McpHttpHandler } from './handler.ts'
export { errorResponse, Refusal, type RefusalDetails, type RefusalReason } from './http/errors.ts'
export { type FetchHandler, type McpHandlerRequestOptions, REQUEST_OPTIONS } from './http/fetch-handler.ts'
export type { ResponseMode } from './http/media-types.ts'
export type { Wrapped } from './http/middleware.ts'
export { readJsonBody } from './http/read-json.ts'
export { toFetch } from './http/to-fetch.ts'
export { type RouteHandlers, toRouteHandlers } from './http/to-route-handlers.ts'
export type { SendServerRequest, ServerRequest } from './input/client-requests.ts'
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
export {
  type HandlerExtra,
  inputResponses,
  linkRequestContext,
  requestState,
} from './input/request-context.ts'
export type { RequestStateOptions } from './input/request-state.ts'
export type {
  CallingServer,
  ExtendedCall,
  LegacyCaller,
  LegacyContext,
  LegacyHandler,
  LegacyTransport,
} from './legacy/extension-point.ts'
export type { CreateMcpHandlerOptions } from './options.ts'
export type { CacheableMethod, CacheHint } from './protocol/cache-hints.ts'
export {
  InMemoryServerEventBus,
  type ServerEvent,
  type ServerEventBus,
  type ServerNotifier,
} from './protocol/events.ts'
export type { CloseOptions } from './server/close-handler.ts'
export type {
  CallContext,
  ExtensionCall,
  ExtensionContext,
  ExtensionMethod,
  ExtensionRequest,
  ExtensionSubscription,
  Honored,
  LegacyExtension,
  McpExtension,
  OfferedCall,
  ToolTaskSupport,
} from './server/extension.ts'
export type {
  BuiltServer,
  McpRequestContext,
  McpServerFactory,
  McpServerLike,
  ServerWithCleanup,
} from './server/factory.ts'
export { McpServer } from './server/fast/mcp-server.ts'
export type { Settings } from './server/handler-context.ts'
