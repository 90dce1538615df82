import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { ApiCallOptions } from './api-call.ts'
import { checkApiContext, runWithSignal } from './api-context.ts'
import { CALL_RULES } from './call-rules.ts'
import { readDocument } from './openapi-document.ts'
import type { OpenApiOperation } from './openapi-operations.ts'
import { type OperationFilter, planTools } from './openapi-plan.ts'
import { createReport } from './openapi-report.ts'
import { checkApiKeys } from './openapi-security.ts'
import { type ApiKey, performOperation } from './perform-operation.ts'

/** Options of {@link registerOpenApiTools}. */
export interface OpenApiToolsOptions extends Omit<ApiCallOptions, 'baseUrl' | 'body' | 'query' | 'signal'> {
  /**
   * The base URL of the paths of the document. @defaultValue its nearest absolute server, else the `apiBaseUrl` of `withApi`
   */
  baseUrl?: string | undefined
  /** The operations that become tools. @defaultValue all */
  include?: OperationFilter | undefined
  /** The operations that do not become tools. Those marked `x-mcp-exclude` never do. @defaultValue none */
  exclude?: OperationFilter | undefined
  /** Returns the name of an operation's tool. @defaultValue the `operationId`, else the method and path */
  toolName?: ((operation: OpenApiOperation) => string) | undefined
  /** Whether arguments must match the schemas of the document. @defaultValue true */
  validateArguments?: boolean | undefined
  /**
   * API keys by the name of their security scheme (`type: apiKey`). They are sent in the query, header or cookie that the
   * scheme names, for operations that require the scheme, or for all if the document has no `security`.
   * @defaultValue none
   */
  apiKeys?: Readonly<Record<string, ApiKey>> | undefined
  /**
   * Called for each part of a document that cannot be used: an operation that is left out, or a pattern that is not checked.
   * It is called once per document and message. @defaultValue prints the message to the console
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
 * Registers the operations of an OpenAPI document (3.0 or 3.1) as tools. Path, query, header and cookie parameters are
 * arguments of the tool, and the body is the argument `body`.
 *
 * Names of arguments consist of letters, digits, `_` and `-`, at most 64 of them, as the APIs of models require:
 * `filter[name]` is the argument `filter_name`, and is sent as the document defines it. If two arguments have the same name,
 * the location is put in front of the second one (`query_id`). Unknown arguments are refused. `null` for an optional
 * argument counts as absent.
 *
 * API keys, `Authorization` and parameters marked `x-mcp-exclude` are not arguments: send them with `withApi` or `apiKeys`.
 * An argument cannot replace a header that `headers` or `withApi` sends.
 *
 * A tool returns text and JSON unchanged, images and audio as such, and other bytes as a resource. A response whose status
 * is not 2xx is a tool error with the status and the body.
 *
 * A document is read once per object, so declare it outside of the factory. References to other documents are not fetched.
 * An operation that cannot be used is left out, and reported to `onerror`.
 *
 * @param server - The SDK's `McpServer`, or Portico's.
 * @param document - The document, or its text in JSON or YAML.
 * @param options - See {@link OpenApiToolsOptions}. `headers`, `timeoutMs`, `retry`, `redirects` and `maxResponseBytes` are
 *   those of `apiCall`.
 * @returns The SDK's handles by tool name.
 * @throws TypeError if the document is not of 3.0 or 3.1, or too large; TypeError or RangeError if an option is unknown or
 *   not allowed.
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
  checkApiContext('registerOpenApiTools', { apiBaseUrl: baseUrl }, 'baseUrl')
  const parsed = await readDocument(document)
  checkApiKeys(parsed, apiKeys)
  const perform = { ...calling, baseUrl, apiKeys }
  const tools = new Map<string, RegisteredTool>()
  for (const { name, config, read } of planTools(parsed, options, createReport(parsed, onerror))) {
    const tool = server.registerTool(name, config, (args, extra) =>
      runWithSignal(extra.signal, () => performOperation(read, perform, args)),
    )
    tools.set(name, tool)
  }
  return tools
}
