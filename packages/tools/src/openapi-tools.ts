import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { type ApiCallOptions, checkRedirects } from './api-call.ts'
import { checkApi, runWithSignal } from './api-context.ts'
import { argumentsSchema } from './openapi-arguments.ts'
import { readDocument } from './openapi-document.ts'
import { type OpenApiOperation, operationsOf, type ReadOperation } from './openapi-operations.ts'
import { reportOnce } from './openapi-report.ts'
import { checkApiKeys } from './openapi-security.ts'
import { type ApiKey, performOperation } from './perform-operation.ts'

/** Which operations: ids, or a method and a path such as `GET /pets`; or a function that decides. */
export type OperationFilter = readonly string[] | ((operation: OpenApiOperation) => boolean)

/** Options of {@link registerOpenApiTools}. */
export interface OpenApiToolsOptions extends Omit<ApiCallOptions, 'baseUrl' | 'body' | 'query' | 'signal'> {
  /**
   * What paths of the document are beneath. @defaultValue the nearest of its servers that is absolute, else the
   * `apiBaseUrl` of `withApi`
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
  /**
   * API keys by the name of their security scheme (`type: apiKey`), sent in the query, header or cookie that it names
   * by the operations that ask for it; by all where the document has no `security`. @defaultValue none
   */
  apiKeys?: Readonly<Record<string, ApiKey>>
  /**
   * Called with what could not be used of a document: an operation that is left out, or a pattern that is not
   * checked. Once a document and message. @defaultValue console.warn of its message
   */
  onproblem?: (problem: Error) => void
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
  const {
    baseUrl,
    include = () => true,
    exclude = [],
    toolName = idOf,
    validateArguments = true,
    ...call
  } = options
  const { apiKeys = {}, onproblem, ...calling } = call
  checkApi({ apiBaseUrl: baseUrl })
  checkRedirects(calling.redirects)
  const parsed = await readDocument(document)
  checkApiKeys(parsed, apiKeys)
  const { operations, skipped } = operationsOf(parsed)
  const report = reportOnce(parsed, onproblem)
  for (const { path, problem } of skipped) report(`${path} is left out: ${problem}`)
  const tools = new Map<string, RegisteredTool>()
  for (const { operation, read } of operations) {
    if (!chosen(include, operation) || chosen(exclude, operation)) continue
    const found = read()
    const place = `${operation.method} ${operation.path}`
    if ('problem' in found) {
      report(`${place} is left out: ${found.problem}`)
      continue
    }
    for (const note of found.notes) report(`${place}: ${note}`)
    const name = freeName(toolNameOf(toolName(operation)), tools)
    const perform = performOperation(found, { ...calling, baseUrl, apiKeys })
    const tool = server.registerTool(name, configOf(found, validateArguments), (args, extra) =>
      runWithSignal(extra.signal, () => perform(args)),
    )
    tools.set(name, tool)
  }
  return tools
}

interface ToolConfig {
  title: string | undefined
  description: string
  inputSchema: ReturnType<typeof argumentsSchema>
  annotations: ToolAnnotations
}

function configOf(read: ReadOperation, isChecked: boolean): ToolConfig {
  const { operation } = read
  return {
    title: operation.summary,
    description: operation.description ?? operation.summary ?? `${operation.method} ${operation.path}`,
    inputSchema: argumentsSchema(read, isChecked),
    annotations: hintsOf(operation),
  }
}

function chosen(filter: OperationFilter, operation: OpenApiOperation): boolean {
  if (typeof filter === 'function') return filter(operation)
  const { operationId, method, path } = operation
  return filter.includes(`${method} ${path}`) || (operationId !== undefined && filter.includes(operationId))
}

const idOf = ({ operationId, method, path }: OpenApiOperation): string =>
  operationId ?? `${method.toLowerCase()}${path.replace(/[{}]/g, '')}`

const LONGEST_NAME = 128

// MCP 2025-11-25, "Tool Names"
const toolNameOf = (text: string): string =>
  text
    .replace(/[^\w.-]+/g, '_')
    .replace(/(?<!_)_+$/, '')
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
