export { type ApiCallOptions, apiCall } from './api-call.ts'
export { type ApiContext, type ApiHeaders, runWithApi } from './api-context.ts'
export { ApiError, type ApiErrorDetails, type ApiErrorReason } from './api-error.ts'
export type { ApiQuery } from './api-url.ts'
export type {
  Gate,
  GatedToolDef,
  GatedToolRegistrar,
  GatedToolRegistrarOptions,
  ToolCallContext,
} from './gated-tool.ts'
export { createGatedToolRegistrar } from './gated-tools.ts'
export type { JsonObjectSchema } from './json-schema.ts'
export { type JsonSchemaTool, registerToolFromSchema } from './json-schema-tool.ts'
export type { OpenApiOperation } from './openapi-operations.ts'
export type { OperationFilter } from './openapi-plan.ts'
export { type OpenApiToolsOptions, registerOpenApiTools } from './openapi-tools.ts'
export type { ApiKey } from './perform-operation.ts'
export type { Redirects } from './redirect-target.ts'
export type { Retry } from './send-with-retries.ts'
export type { ToolIdentity } from './tool-identity.ts'
export { type WithApiOptions, withApi } from './with-api.ts'
