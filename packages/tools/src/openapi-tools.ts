import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { type ApiCallOptions, apiCall } from './api-call.ts'
import { checkApi, currentApiContext } from './api-context.ts'
import { ApiError } from './api-error.ts'
import { registerToolFromSchema } from './json-schema-tool.ts'
import { readDocument } from './openapi-document.ts'
import { type OpenApiOperation, type ReadOperation, readOperations } from './openapi-operations.ts'
import { requestOf } from './openapi-request.ts'

/** Which operations: ids, or a method and a path such as `GET /pets`; or a function that decides. */
export type OperationFilter = readonly string[] | ((operation: OpenApiOperation) => boolean)

/** Options of {@link registerOpenApiTools}. */
export interface OpenApiToolsOptions extends Omit<ApiCallOptions, 'baseUrl' | 'body' | 'query' | 'signal'> {
  /**
   * What paths of the document are beneath. @defaultValue the first of its servers where that is absolute,
   * else the `apiBaseUrl` of `withApi`
   */
  baseUrl?: string
  /** Operations that become tools. @defaultValue all */
  include?: OperationFilter
  /** Operations that do not. @defaultValue those marked `x-mcp-exclude`, which never do */
  exclude?: OperationFilter
  /** The name of an operation's tool. @defaultValue its `operationId`, else its method and path */
  toolName?: (operation: OpenApiOperation) => string
  /** Whether arguments must fit the document's schemas. @defaultValue true */
  validateArguments?: boolean
}

/**
 * Makes tools of an OpenAPI document of 3.0 or 3.1. Path, query, header and cookie parameters are
 * arguments of their own names, behind their place where two are alike (`query_id`); the body is the
 * argument `body`. Parameters that carry API keys, `Authorization` and what is marked `x-mcp-exclude` are
 * no arguments: let `withApi` send them. What `headers` or `withApi` sends, no argument overrides. A tool calls its operation by `apiCall`, and answers what came as
 * text; an answer that is not 2xx is a tool error with its status and body.
 *
 * A document is read once an object: declare it outside of the factory. Nothing that it refers to is
 * fetched.
 *
 * @param server - The SDK's `McpServer`, or Portico's.
 * @param document - The document, or its text in JSON or YAML.
 * @param options - See {@link OpenApiToolsOptions}; headers, timeout, retry and size are those of `apiCall`.
 * @returns The SDK's handles by tool name.
 * @throws TypeError for what is no document of 3.0 or 3.1, too large, or refers to what is not in it; and
 * for servers of a relative URL without `baseUrl`.
 *
 * @example
 * ```ts
 * import { McpServer } from '@portico-mcp/core'
 * import { registerOpenApiTools } from '@portico-mcp/tools'
 *
 * const document = {
 *   openapi: '3.1.0',
 *   info: { title: 'Pets', version: '1.0.0' },
 *   paths: { '/pets': { get: { operationId: 'list-pets', summary: 'List all pets', responses: {} } } },
 * }
 *
 * const server = new McpServer({ name: 'pets', version: '1.0.0' })
 * await registerOpenApiTools(server, document, { baseUrl: 'https://pets.example.com/v1', retry: 2 })
 * ```
 */
export async function registerOpenApiTools(
  server: McpServer,
  document: string | object,
  options: OpenApiToolsOptions = {},
): Promise<Map<string, RegisteredTool>> {
  const { baseUrl, include = () => true, exclude = [], toolName = idOf, validateArguments, ...call } = options
  checkApi({ apiBaseUrl: baseUrl })
  const admits = (operation: OpenApiOperation) => chosen(include, operation) && !chosen(exclude, operation)
  const tools = new Map<string, RegisteredTool>()
  for (const read of readOperations(await readDocument(document), admits)) {
    const { operation } = read
    const name = freeName(toolNameOf(toolName(operation)), tools)
    const base = baseUrl ?? serverOf(read)
    const tool = registerToolFromSchema(server, {
      name,
      title: operation.summary,
      description: operation.description ?? operation.summary ?? `${operation.method} ${operation.path}`,
      inputSchema: read.call.inputSchema,
      annotations: hintsOf(operation),
      validateArguments,
      handler: (args) => perform(read, base, args, call),
    })
    tools.set(name, tool)
  }
  return tools
}

async function perform(
  { operation, call }: ReadOperation,
  base: string | undefined,
  args: Record<string, unknown>,
  options: ApiCallOptions,
): Promise<CallToolResult> {
  const { url, headers, body } = requestOf(operation.path, call, args, sentBy(options))
  try {
    const sent = { ...options, baseUrl: base, body, headers: { ...options.headers, ...headers } }
    const answer = await apiCall(operation.method, url, sent)
    return { content: [{ type: 'text', text: answer === undefined ? 'No content' : shown(answer) }] }
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'status') throw error
    const { status, body } = error
    return {
      isError: true,
      content: [{ type: 'text', text: `HTTP ${status}: ${shown(body ?? '').slice(0, 4000)}` }],
    }
  }
}

/** The headers that no argument may speak for, those that are left out for this caller too. */
function sentBy({ headers }: ApiCallOptions): (header: string) => boolean {
  const names = [headers, currentApiContext().headers].flatMap((some) => Object.keys(some ?? {}))
  const sent = new Set(names.map((name) => name.toLowerCase()))
  return (header) => sent.has(header.toLowerCase())
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function chosen(filter: OperationFilter, operation: OpenApiOperation): boolean {
  if (typeof filter === 'function') return filter(operation)
  const { operationId, method, path } = operation
  return filter.includes(`${method} ${path}`) || (operationId !== undefined && filter.includes(operationId))
}

function serverOf({ operation, call: { server } }: ReadOperation): string | undefined {
  if (server === undefined || server === '/') return undefined
  if (!/^https?:\/\//i.test(server)) {
    throw new TypeError(`The server of ${operation.method} ${operation.path} is relative: set baseUrl`)
  }
  checkApi({ apiBaseUrl: server })
  return server
}

const idOf = ({ operationId, method, path }: OpenApiOperation): string =>
  operationId ?? `${method.toLowerCase()}${path.replace(/[{}]/g, '')}`

const LONGEST_NAME = 128

// MCP 2025-11-25, "Tool Names"
const toolNameOf = (text: string): string =>
  text
    .replace(/[^\w.-]+/g, '_')
    .replace(/_+$/, '')
    .slice(0, LONGEST_NAME) || 'operation'

function freeName(name: string, tools: ReadonlyMap<string, unknown>): string {
  let free = name
  for (let n = 2; tools.has(free); n++) free = `${name.slice(0, LONGEST_NAME - 8)}_${n}`
  return free
}

// RFC 9110 §9.2
const hintsOf = ({ method }: OpenApiOperation): ToolAnnotations => ({
  readOnlyHint: ['GET', 'HEAD', 'OPTIONS'].includes(method),
  idempotentHint: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].includes(method),
  destructiveHint: ['PUT', 'PATCH', 'DELETE'].includes(method),
  openWorldHint: true,
})
