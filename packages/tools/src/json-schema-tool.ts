import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  CallToolResult,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from '@modelcontextprotocol/sdk/types.js'
import { checkOptions, optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { z } from 'zod'
import { runWithSignal } from './api-context.ts'
import { type CompiledSchema, compile, type JsonObjectSchema } from './json-schema.ts'
import { listAs } from './listed-schema.ts'

/** A tool whose arguments are described by a JSON Schema. */
export interface JsonSchemaTool {
  /** The name. */
  name: string
  /** A title to show to people. @defaultValue none */
  title?: string | undefined
  /** A description for models and people. @defaultValue none */
  description?: string | undefined
  /** The JSON Schema (2020-12) of the arguments, listed unchanged. @defaultValue an object without properties */
  inputSchema?: JsonObjectSchema | undefined
  /** The JSON Schema (2020-12) of `structuredContent`, listed unchanged. Results are validated. @defaultValue none */
  outputSchema?: JsonObjectSchema | undefined
  /** Hints for clients. @defaultValue none */
  annotations?: ToolAnnotations | undefined
  /** Metadata for clients. @defaultValue none */
  _meta?: Record<string, unknown> | undefined
  /** Whether arguments must match the schema. If not, the handler gets them unchanged. @defaultValue true */
  validateArguments?: boolean | undefined
  /** The implementation. */
  handler: (
    // biome-ignore lint/suspicious/noExplicitAny: a type cannot be derived from a JSON Schema that is only known at run time
    args: Record<string, any>,
    extra: RequestHandlerExtra<ServerRequest, ServerNotification>,
  ) => CallToolResult | Promise<CallToolResult>
}

const { callback, flag, objectWith, plainObject, string, text } = optionRules

const RULES: Rules<keyof JsonSchemaTool> = {
  name: text,
  title: string,
  description: string,
  // `compile` checks the schemas.
  inputSchema: optionRules.anything,
  outputSchema: optionRules.anything,
  annotations: plainObject,
  _meta: plainObject,
  validateArguments: flag,
  handler: callback,
}

const CALLER = 'registerToolFromSchema'
const NO_ARGUMENTS: JsonObjectSchema = { type: 'object', properties: {} }

/**
 * Registers a tool with a JSON Schema, which `tools/list` shows unchanged: `anyOf`, `$ref`, `pattern`, and annotations such
 * as `x-mcp-header`, are kept.
 *
 * Arguments that do not match are answered with a tool error that names the place. So are arguments of more than 64 levels
 * or 10,000 elements, arguments that take too long to validate, and strings of more than 16,384 characters if there is a
 * `pattern` or a `format`. Patterns are run by the regular expressions of JavaScript. No code is generated from the schema,
 * and nothing is fetched.
 *
 * @param server - The SDK's `McpServer`, or Portico's. It may have other tools, with zod schemas too.
 * @param tool - See {@link JsonSchemaTool}.
 * @returns The SDK's handle: `enable`, `disable`, `remove`, `update`.
 * @throws TypeError if a member of `tool` is unknown or of the wrong type; if a schema does not have the type `object`, is
 *   too large (100 levels, 20,000 members), or refers to something that it does not contain; and, if arguments are
 *   validated, if a schema takes too long, or has a `$dynamicRef` or a pattern that is not a regular expression with the
 *   flag `u`. Error if the name is already registered.
 *
 * @example
 * ```ts
 * import { McpServer } from '@portico-mcp/core'
 * import { registerToolFromSchema } from '@portico-mcp/tools'
 *
 * const server = new McpServer({ name: 'projects', version: '1.0.0' })
 *
 * registerToolFromSchema(server, {
 *   name: 'get-project',
 *   description: 'Get a project by ID',
 *   inputSchema: {
 *     type: 'object',
 *     properties: { id: { type: 'string', pattern: '^p-' }, status: { anyOf: [{ const: 'open' }, { type: 'null' }] } },
 *     required: ['id'],
 *   },
 *   handler: async ({ id }) => ({ content: [{ type: 'text', text: `Project ${id}` }] }),
 * })
 * ```
 */
export function registerToolFromSchema(server: McpServer, tool: JsonSchemaTool): RegisteredTool {
  checkTool(server, tool)
  const {
    name,
    inputSchema = NO_ARGUMENTS,
    outputSchema,
    validateArguments = true,
    handler,
    ...listed
  } = tool
  const input = compile(inputSchema, `the arguments of ${name}`)
  const config = {
    ...listed,
    inputSchema: validateArguments ? getCheckedSchema(input) : getUncheckedSchema(input),
    outputSchema: outputSchema && getCheckedSchema(compile(outputSchema, `the output of ${name}`)),
  }
  return server.registerTool(name, config, (args, extra) =>
    runWithSignal(extra.signal, async () => handler(args, extra)),
  )
}

function checkTool(server: McpServer, tool: JsonSchemaTool): void {
  checkOptions(CALLER, '', { server }, { server: objectWith('registerTool') })
  validateOptions(CALLER, tool, RULES)
  const { name, handler } = tool
  checkOptions(CALLER, '', { name, handler }, { name: RULES.name, handler: RULES.handler })
}

const getCheckedSchema = cacheBySchema((schema) => {
  const check = schema.checker()
  const matches = z.check<object>(({ value, issues }) => {
    const mismatch = check(value)
    if (mismatch) issues.push({ code: 'custom', input: value, ...mismatch })
  })
  const anything = z.looseObject({})
  // With `.check()`, zod would list the object that it refines instead.
  return anything.clone({ ...anything.def, checks: [matches] })
})

const getUncheckedSchema = cacheBySchema(() => z.looseObject({}))

/** Creates one zod object per schema, which is listed as that schema. */
function cacheBySchema(
  create: (schema: CompiledSchema) => z.ZodObject,
): (schema: CompiledSchema) => z.ZodObject {
  const cache = new WeakMap<CompiledSchema, z.ZodObject>()
  return (schema) => {
    const object = cache.get(schema) ?? listAs(create(schema), () => schema.json)
    cache.set(schema, object)
    return object
  }
}
