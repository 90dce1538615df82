export type { FetchHandler } from '@portico-mcp/core'
export { bodyParserRefusal, checkUtf8 } from './body-parser.ts'
export { bodyStream, isBodyRead, markAsRead, readLeftBody } from './body-stream.ts'
export { discardRest } from './discard-incoming.ts'
export { type FrameworkRequest, readRequestOptions } from './request-options.ts'
export {
  type NodeHandler,
  type NodeRequest,
  type NodeResponse,
  type ToNodeHandlerOptions,
  toNodeHandler,
} from './to-node-handler.ts'
export { type ToWebRequestOptions, toWebRequest, toWebRequestHead } from './to-web-request.ts'
