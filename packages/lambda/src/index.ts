export type { FetchHandler } from '@portico-mcp/core'
export type { CallbackApp } from './app.ts'
export { authorizerAuthInfo } from './authorizer.ts'
export type { LambdaHttpEvent, LambdaRequestContext } from './event.ts'
export type { ToLambdaHandlerOptions } from './options.ts'
export type { LambdaContext } from './time-limit.ts'
export { type LambdaHandler, toLambdaHandler } from './to-lambda-handler.ts'
export type { LambdaHttpResult } from './to-result.ts'
export {
  type LambdaResponseStream,
  type StreamingLambdaHandler,
  toStreamingLambdaHandler,
} from './to-streaming-lambda-handler.ts'
