import type { AnySchema } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { JSONRPCResponse, RequestId, Result } from '@modelcontextprotocol/sdk/types.js'
import { type ErrorObject, errorMessage } from '../../protocol/json-rpc.ts'
import {
  CallToolResultSchema,
  ErrorCode,
  getParseErrorMessage,
  McpError,
  normalizeObjectSchema,
  safeParseAsync,
} from '../../protocol/sdk.ts'
import { boundError, boundResult } from '../../protocol/validation-bounds.ts'
import { tryToText } from '../../utils/to-error.ts'
import { sendable } from '../guard-handlers.ts'

/** Creates the error for arguments that a tool's `inputSchema` does not allow. */
export function invalidArguments(tool: string, error: unknown): McpError {
  const why = `Invalid arguments for tool ${tool}: ${getParseErrorMessage(error)}`
  return new McpError(ErrorCode.InvalidParams, `Input validation error: ${why}`)
}

/** Validates the structured content of a result by the tool's `outputSchema`. */
export async function validateOutput(tool: string, schema: AnySchema, result: unknown): Promise<void> {
  if (!('content' in (result as Result)) || (result as Result).isError) return
  const refuse = (why: string) => new McpError(ErrorCode.InvalidParams, `Output validation error: ${why}`)
  const { structuredContent } = result as Result
  if (!structuredContent) {
    throw refuse(`Tool ${tool} has an output schema but no structured content was provided`)
  }
  // The SDK validates only objects, too.
  const parsed = await safeParseAsync(normalizeObjectSchema(schema) as AnySchema, structuredContent)
  if (parsed.success) return
  throw refuse(`Invalid structured content for tool ${tool}: ${getParseErrorMessage(parsed.error)}`)
}

/** Creates the reply with a result after validating it. */
export function createReply(id: RequestId, result: unknown): JSONRPCResponse {
  const { success, data, error } = CallToolResultSchema.safeParse(result)
  if (success) return { jsonrpc: '2.0', id, result: data }
  const message = `Invalid tools/call result: ${error.message}`
  return createError(id, boundError(new McpError(ErrorCode.InvalidParams, message)) as McpError)
}

/**
 * Creates the reply for an error that a handler throws: a result with `isError`, as the SDK creates it.
 *
 * @param createToolError - The step of the SDK's class, if user code has replaced it.
 */
export async function createFailure(
  id: RequestId,
  error: unknown,
  createToolError: ((message: string) => unknown) | undefined,
): Promise<JSONRPCResponse> {
  const text = tryToText(error)
  // The SDK's class gives the same answer for a value that cannot be converted to text.
  if (text === undefined) return createError(id, { code: ErrorCode.InternalError, message: 'Internal error' })
  if (demandsElicitation(error)) return createError(id, sendable(error) as McpError)
  if (!createToolError) {
    const result = boundResult({ content: [{ type: 'text', text }], isError: true }) as Result
    return { jsonrpc: '2.0', id, result }
  }
  try {
    return createReply(id, await createToolError(text))
  } catch (thrown) {
    return createError(id, toErrorObject(sendable(thrown)))
  }
}

const createError = (id: RequestId, error: ErrorObject): JSONRPCResponse => errorMessage(id, error) as never

const demandsElicitation = (error: unknown): error is McpError =>
  error instanceof McpError && error.code === ErrorCode.UrlElicitationRequired

/** Returns the error that the SDK sends for what {@link sendable} made of a thrown value. */
function toErrorObject(error: unknown): ErrorObject {
  const { code, message, data } = error as Partial<ErrorObject>
  return {
    code: Number.isSafeInteger(code) ? (code as number) : ErrorCode.InternalError,
    message: message ?? 'Internal error',
    data,
  }
}
