import type { RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AnySchema } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { CallToolResult, JSONRPCResponse, RequestId, Result } from '@modelcontextprotocol/sdk/types.js'
import { type ErrorObject, errorMessage, isObject } from '../../protocol/json-rpc.ts'
import {
  CallToolResultSchema,
  ErrorCode,
  getParseErrorMessage,
  McpError,
  normalizeObjectSchema,
  SdkMcpServer,
  safeParseAsync,
} from '../../protocol/sdk.ts'
import { boundError, boundResult } from '../../protocol/validation-bounds.ts'
import { tryTextOf } from '../../utils/to-error.ts'
import { sendable } from '../guard-handlers.ts'
import type { Extra } from './handler-extra.ts'
import { describeConfig, type RecordedTool } from './recorded-tools.ts'
import { parse } from './tool-schemas.ts'

/** The methods of the SDK's class that run in the course of a tool call. */
export interface ToolSteps {
  executeToolHandler(tool: RegisteredTool, args: unknown, extra: Extra): Promise<unknown>
  validateToolOutput(tool: RegisteredTool, result: unknown, name: string): Promise<void>
  createToolError(message: string): unknown
}

const sdk = SdkMcpServer.prototype as unknown as ToolSteps
const { executeToolHandler, validateToolOutput, createToolError } = sdk

/** The steps as the SDK's class has them; one that user code has replaced is called instead of Portico's. */
export const SDK_STEPS: ToolSteps = { executeToolHandler, validateToolOutput, createToolError }

/**
 * Runs a tool as the SDK does: validates the arguments, calls the handler, validates the result.
 *
 * @param createExtra - What the handler is called with besides its arguments.
 * @param replaced - The server, if user code has replaced a step on it; undefined if Portico's own step runs.
 */
export async function runTool(
  tool: RecordedTool,
  id: RequestId,
  given: unknown,
  createExtra: () => Extra,
  replaced: (step: keyof ToolSteps) => ToolSteps | undefined,
): Promise<JSONRPCResponse> {
  try {
    const { inputSchema, outputSchema } = describeConfig(tool)
    const args = inputSchema ? [await validateInput(tool, inputSchema, given)] : []
    const extra = createExtra()
    const execute = replaced('executeToolHandler')
    // called by itself: no handler has the record as its `this`
    const { callback } = tool
    const result = await (execute
      ? execute.executeToolHandler(tool.handle, args[0], extra)
      : callback(...args, extra))
    const validate = replaced('validateToolOutput')
    if (validate) await validate.validateToolOutput(tool.handle, result, tool.name)
    else if (outputSchema) await validateOutput(tool, outputSchema, result)
    return createReply(id, result)
  } catch (error) {
    return createFailure(id, error, replaced('createToolError'))
  }
}

async function validateInput(tool: RecordedTool, schema: AnySchema, given: unknown): Promise<unknown> {
  const parsed = await parse(schema, given)
  if ('data' in parsed) return parsed.data
  const why = `Invalid arguments for tool ${tool.name}: ${getParseErrorMessage(parsed.error)}`
  throw new McpError(ErrorCode.InvalidParams, `Input validation error: ${why}`)
}

async function validateOutput(tool: RecordedTool, schema: AnySchema, result: unknown): Promise<void> {
  if (!('content' in (result as Result)) || (result as Result).isError) return
  const refuse = (why: string) => new McpError(ErrorCode.InvalidParams, `Output validation error: ${why}`)
  const { structuredContent } = result as Result
  if (!structuredContent) {
    throw refuse(`Tool ${tool.name} has an output schema but no structured content was provided`)
  }
  // as the SDK does, which validates objects only
  const parsed = await safeParseAsync(normalizeObjectSchema(schema) as AnySchema, structuredContent)
  if (parsed.success) return
  throw refuse(`Invalid structured content for tool ${tool.name}: ${getParseErrorMessage(parsed.error)}`)
}

function createReply(id: RequestId, result: unknown): JSONRPCResponse {
  if (isTextResult(result)) return { jsonrpc: '2.0', id, result }
  const { success, data, error } = CallToolResultSchema.safeParse(result)
  if (success) return { jsonrpc: '2.0', id, result: data }
  const message = `Invalid tools/call result: ${error.message}`
  return errorMessage(id, boundError(new McpError(ErrorCode.InvalidParams, message)) as McpError) as never
}

/** Whether a result is valid, and text alone: most results are, and a schema would only copy them. */
function isTextResult(result: unknown): result is CallToolResult {
  if (!isObject(result) || Object.keys(result).length !== 1 || !Array.isArray(result.content)) return false
  for (const block of result.content) {
    if (!isObject(block) || Object.keys(block).length !== 2) return false
    if (block.type !== 'text' || typeof block.text !== 'string') return false
  }
  return true
}

async function createFailure(
  id: RequestId,
  error: unknown,
  replaced: ToolSteps | undefined,
): Promise<JSONRPCResponse> {
  const text = tryTextOf(error)
  if (text === undefined || demandsElicitation(error)) {
    // the SDK's class answers the same for a value that has no text
    const sent =
      text === undefined
        ? { code: ErrorCode.InternalError, message: 'Internal error' }
        : (sendable(error) as McpError)
    return errorMessage(id, sent) as never
  }
  if (!replaced) {
    const result = boundResult({ content: [{ type: 'text', text }], isError: true }) as Result
    return { jsonrpc: '2.0', id, result }
  }
  try {
    return createReply(id, await replaced.createToolError(text))
  } catch (thrown) {
    return errorMessage(id, toErrorObject(sendable(thrown))) as never
  }
}

const demandsElicitation = (error: unknown): error is McpError =>
  error instanceof McpError && error.code === ErrorCode.UrlElicitationRequired

/** What the SDK sends of an error that a handler throws. */
function toErrorObject(error: unknown): ErrorObject {
  const { code, message, data } = (error ?? {}) as Partial<ErrorObject>
  return {
    code: Number.isSafeInteger(code) ? (code as number) : ErrorCode.InternalError,
    message: message ?? 'Internal error',
    data,
  }
}
