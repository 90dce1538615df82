export type { FetchHandler } from '@portico-mcp/core'
export {
  type NodeHandler,
  type NodeRequest,
  type NodeResponse,
  type ToNodeHandlerOptions,
  toNodeHandler,
} from './to-node-handler.ts'
export { type ToWebRequestOptions, toWebRequest } from './to-web-request.ts'
