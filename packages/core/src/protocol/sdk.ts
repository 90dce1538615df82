/** The imports of the SDK that core needs at run time; all other files import only its types. */
export { Server as SdkServer } from '@modelcontextprotocol/sdk/server/index.js'
export { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
export {
  getObjectShape,
  getParseErrorMessage,
  normalizeObjectSchema,
  objectFromShape,
  safeParse,
  safeParseAsync,
} from '@modelcontextprotocol/sdk/server/zod-compat.js'
export { toJsonSchemaCompat } from '@modelcontextprotocol/sdk/server/zod-json-schema-compat.js'
export { mergeCapabilities } from '@modelcontextprotocol/sdk/shared/protocol.js'
export {
  CallToolRequestSchema,
  CallToolResultSchema,
  ClientRequestSchema,
  CreateMessageResultWithToolsSchema,
  ElicitResultSchema,
  ErrorCode,
  InitializeRequestSchema,
  isJSONRPCErrorResponse,
  isJSONRPCResultResponse,
  ListRootsResultSchema,
  ListToolsRequestSchema,
  LoggingLevelSchema,
  McpError,
  RELATED_TASK_META_KEY,
  RequestSchema,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js'
