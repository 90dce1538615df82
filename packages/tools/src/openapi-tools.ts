import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { type ApiCallOptions, checkRedirects } from './api-call.ts'
import { checkApi, runWithSignal } from './api-context.ts'
import { CALL_RULES } from './call-rules.ts'
import { readDocument } from './openapi-document.ts'
import type { OpenApiOperation } from './openapi-operations.ts'
import { type OperationFilter, planTools } from './openapi-plan.ts'
import { reportOnce } from './openapi-report.ts'
import { checkApiKeys } from './openapi-security.ts'
import { type ApiKey, performOperation } from './perform-operation.ts'

/** Options of {@link registerOpenApiTools}. */
export interface OpenApiToolsOptions extends Omit<ApiCallOptions, 'baseUrl' | 'body' | 'query' | 'signal'> {
  /**
   * What paths of the document are beneath. @defaultValue the nearest of its servers that is absolute, else the
   * `apiBaseUrl` of `withApi`
   */
  baseUrl?: string | undefined
  /** Operations that become tools. @defaultValue all */
  include?: OperationFilter | undefined
  /** Operations that do not. @defaultValue those marked `x-mcp-exclude`, which never do */
  exclude?: OperationFilter | undefined
  /** The name of an operation's tool. @defaultValue its `operationId`, else its method and path */
  toolName?: ((operation: OpenApiOperation) => string) | undefined
  /** Whether arguments must fit the document's schemas. @defaultValue true */
  validateArguments?: boolean | undefined
  /**
   * API keys by the name of their security scheme (`type: apiKey`), sent in the query, header or cookie that
   * it names by the operations that ask for it; by all where the document has no `security`. @defaultValue
   * none
   */
  apiKeys?: Readonly<Record<string, ApiKey>> | undefined
  /**
   * Called with what could not be used of a document: an operation that is left out, or a pattern that is not
   * checked. Once a document and message. @defaultValue console.warn of its message
   */
  onerror?: ((problem: Error) => void) | undefined
}

const filter = optionRules.listOrFunction(optionRules.text, 'ids, or methods and paths such as "GET /pets"')

const { baseUrl, headers, timeoutMs, retry, maxResponseBytes, redirects } = CALL_RULES

const RULES: Rules<keyof OpenApiToolsOptions> = {
  baseUrl,
  headers,
  timeoutMs,
  retry,
  maxResponseBytes,
  redirects,
  include: filter,
  exclude: filter,
  toolName: optionRules.callback,
  validateArguments: optionRules.flag,
  apiKeys: optionRules.secret(optionRules.plainObject),
  onerror: optionRules.callback,
}

/**
 * Makes tools of an OpenAPI document of 3.0 or 3.1. Path, query, header and cookie parameters are arguments,
 * and the body is the argument `body`. Their names have letters, digits, `_` and `-`, at most 64 of them,
 * which the APIs of models demand: `filter[name]` is `filter_name`, and is sent as the document has it. Where
 * two are alike, the latter stands behind its place (`query_id`). Unknown arguments are refused; `null` for
 * one that is optional is as good as none.
 *
 * Parameters that carry API keys, `Authorization` and what is marked `x-mcp-exclude` are no arguments: let
 * `withApi` or `apiKeys` send them. What `headers` or `withApi` sends, no argument overrides.
 *
 * A tool answers text and JSON as they came, images and audio as such, and other bytes as a resource; an
 * answer that is not 2xx is a tool error with its status and body.
 *
 * A document is read once an object: declare it outside of the factory. Nothing that it refers to is
 * fetched. An operation that cannot be used is left out, and `onerror` is called.
 *
 * @param server - The SDK's `McpServer`, or Portico's.
 * @param document - The document, or its text in JSON or YAML.
 * @param options - See {@link OpenApiToolsOptions}; headers, timeout, retry, redirects and size are those of `apiCall`.
 * @returns The SDK's handles by tool name.
 * @throws TypeError for what is no document of 3.0 or 3.1, or too large; for an option that cannot be used.
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
  validateOptions('registerOpenApiTools', options, RULES)
  const {
    include,
    exclude,
    toolName,
    validateArguments,
    baseUrl,
    apiKeys = {},
    onerror,
    ...calling
  } = options
  checkApi({ apiBaseUrl: baseUrl })
  checkRedirects(calling.redirects)
  const parsed = await readDocument(document)
  checkApiKeys(parsed, apiKeys)
  const perform = { ...calling, baseUrl, apiKeys }
  const tools = new Map<string, RegisteredTool>()
  for (const { name, config, read } of planTools(parsed, options, reportOnce(parsed, onerror))) {
    const tool = server.registerTool(name, config, (args, extra) =>
      runWithSignal(extra.signal, () => performOperation(read, perform, args)),
    )
    tools.set(name, tool)
  }
  return tools
}
