export type { FetchHandler } from '@portico-mcp/core'
export { bodyParserRefusal, checkUtf8 } from './body-parser.ts'
export { discardRest } from './discard-incoming.ts'
export { type CreateRequestOptions, createRequest } from './lazy-request.ts'
export { NodeResponseWriter, readText, type TextResponse } from './lazy-response.ts'
export { sendResponse } from './send-response.ts'
export {
  type FrameworkRequest,
  type NodeHandler,
  readRequestOptions,
  type ToNodeHandlerOptions,
  toNodeHandler,
} from './to-node-handler.ts'
export { type ToWebRequestOptions, toWebRequest, toWebRequestHead } from './to-web-request.ts'
export type { NodeRequest, NodeResponse } from './types.ts'
