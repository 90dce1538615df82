import type { McpServer, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  CallToolResult,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { runWithSignal } from './api-context.ts'
import { type CompiledSchema, compile, type JsonObjectSchema } from './json-schema.ts'
import { listedAs } from './listed-schema.ts'

/** A tool whose arguments a JSON Schema describes. */
export interface JsonSchemaTool {
  /** Its name. */
  name: string
  /** A title for people. @defaultValue none */
  title?: string
  /** What it does, for models and people. @defaultValue none */
  description?: string
  /** JSON Schema (2020-12) of the arguments, listed as it is. @defaultValue an object without properties */
  inputSchema?: JsonObjectSchema
  /** JSON Schema (2020-12) of `structuredContent`, listed as it is, and checked. @defaultValue none */
  outputSchema?: JsonObjectSchema
  /** Hints for clients. @defaultValue none */
  annotations?: ToolAnnotations
  /** What else clients are told. @defaultValue none */
  _meta?: Record<string, unknown>
  /** Whether arguments must fit the schema; where not, the handler gets what came. @defaultValue true */
  validateArguments?: boolean
  /** Does it. */
  handler: (
    // biome-ignore lint/suspicious/noExplicitAny: what the schema says, no type can tell
    args: Record<string, any>,
    extra: RequestHandlerExtra<ServerRequest, ServerNotification>,
  ) => CallToolResult | Promise<CallToolResult>
}

const NO_ARGUMENTS: JsonObjectSchema = { type: 'object', properties: {} }

/**
 * Registers a tool by a JSON Schema, which `tools/list` shows word for word: `anyOf`, `$ref`, `pattern`
 * and annotations such as `x-mcp-header` come through. Arguments that do not fit are answered as a tool
 * error that names where; so are those of more than 64 levels or 10 000 elements, or that take too long to
 * check, and texts of more than 16 384 characters where there is a `pattern` or a `format`. Patterns are run by
 * JavaScript's own engine. Nothing is compiled to code, and nothing is fetched.
 *
 * @param server - The SDK's `McpServer`, or Portico's; it may have other tools, of zod too.
 * @param tool - See {@link JsonSchemaTool}.
 * @returns The SDK's handle: `enable`, `disable`, `remove`, `update`.
 * @throws TypeError for a schema that is not of an object, too large (100 levels, 20 000 members), refers
 * to what is not in it; where arguments are checked, also for one that takes too long, a `$dynamicRef`, and a
 * pattern that is no regular expression with the flag `u`. Error where the name is taken.
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
  const { name, inputSchema = NO_ARGUMENTS, outputSchema, validateArguments = true, handler, ...shown } = tool
  const input = compile(inputSchema, `the arguments of ${name}`)
  const config = {
    ...shown,
    inputSchema: validateArguments ? checked(input) : unchecked(input),
    outputSchema: outputSchema && checked(compile(outputSchema, `the output of ${name}`)),
  }
  return server.registerTool(name, config, (args, extra) =>
    runWithSignal(extra.signal, async () => handler(args, extra)),
  )
}

const checked = keeping((schema) => {
  const check = schema.checker()
  const fits = z.check<object>(({ value, issues }) => {
    const mismatch = check(value)
    if (mismatch) issues.push({ code: 'custom', input: value, ...mismatch })
  })
  const anything = z.looseObject({})
  // `.check()` would have zod show the object that it refines
  return anything.clone({ ...anything.def, checks: [fits] })
})

const unchecked = keeping(() => z.looseObject({}))

/** One zod object a schema, listed as that schema. */
function keeping(make: (schema: CompiledSchema) => z.ZodObject): (schema: CompiledSchema) => z.ZodObject {
  const kept = new WeakMap<CompiledSchema, z.ZodObject>()
  return (schema) => {
    const made = kept.get(schema) ?? listedAs(make(schema), () => schema.json)
    kept.set(schema, made)
    return made
  }
}
