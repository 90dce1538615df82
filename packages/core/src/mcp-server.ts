import {
  type McpServerOptions,
  type RegisteredTool,
  McpServer as SdkMcpServer,
} from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  type AnySchema,
  normalizeObjectSchema,
  objectFromShape,
  type ZodRawShapeCompat,
} from '@modelcontextprotocol/sdk/server/zod-compat.js'
import { toJsonSchemaCompat } from '@modelcontextprotocol/sdk/server/zod-json-schema-compat.js'
import { type Implementation, ListToolsRequestSchema, type Tool } from '@modelcontextprotocol/sdk/types.js'
import { CfWorkerJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/cfworker-provider.js'
import { isObject } from './json-rpc.ts'

type JsonSchema = Tool['inputSchema']

// compiles nothing, so it also works where code generation is forbidden
const jsonSchemaValidator = new CfWorkerJsonSchemaValidator()

/**
 * The SDK's `McpServer` without what it costs to build one for every request: no JSON Schema compiler
 * of its own, and schemas that outlive the server are converted once.
 */
export class McpServer extends SdkMcpServer {
  readonly #tools = new Map<string, RegisteredTool>()
  #lists = false
  #tasks: SdkMcpServer['experimental']['tasks'] | undefined

  /**
   * @param serverInfo - Name and version, as clients see them.
   * @param options - The SDK's own; `jsonSchemaValidator` defaults to one that all servers share.
   */
  constructor(serverInfo: Implementation, options?: McpServerOptions) {
    super(serverInfo, { jsonSchemaValidator, ...options })
    if (options?.capabilities?.tools) this.#listFromCache()

    const { registerTool, tool } = this
    this.registerTool = ((
      name: string,
      config: { inputSchema?: unknown; outputSchema?: unknown },
      callback: never,
    ) => {
      const { inputSchema, outputSchema } = config
      const kept = { ...config, inputSchema: lasting(inputSchema), outputSchema: lasting(outputSchema) }
      return this.#keep(name, registerTool.call(this, name, kept as never, callback))
    }) as typeof registerTool
    this.tool = ((name: string, ...rest: unknown[]) =>
      this.#keep(name, Reflect.apply(tool, this, [name, ...rest]))) as typeof tool
  }

  override get experimental(): SdkMcpServer['experimental'] {
    const experimental = super.experimental
    if (!this.#tasks) {
      this.#tasks = experimental.tasks
      const register = experimental.tasks.registerToolTask.bind(experimental.tasks)
      experimental.tasks.registerToolTask = ((name: string, ...rest: [never, never]) =>
        this.#keep(name, register(name, ...rest))) as typeof register
    }
    return experimental
  }

  /**
   * The JSON Schema of a tool's arguments, as `tools/list` shows it; undefined for a tool that is not
   * registered or is disabled.
   */
  toolInputSchemaJson(name: string): JsonSchema | undefined {
    const tool = this.#tools.get(name)
    return tool?.enabled ? inputJson(tool) : undefined
  }

  #keep(name: string, tool: RegisteredTool): RegisteredTool {
    this.#listFromCache()
    this.#tools.set(name, tool)
    let current = name
    const { update } = tool
    tool.update = ((updates: Parameters<typeof update>[0]) => {
      if (updates.name !== undefined && updates.name !== current) {
        this.#tools.delete(current)
        if (updates.name) this.#tools.set(updates.name, tool)
        current = updates.name ?? current
      }
      update(updates)
    }) as typeof update
    return tool
  }

  // the SDK sets its own handler first, and would refuse to find one there
  #listFromCache(): void {
    if (this.#lists) return
    this.#lists = true
    this.server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [...this.#tools].filter(([, tool]) => tool.enabled).map(([name, tool]) => describe(name, tool)),
    }))
  }
}

function describe(name: string, tool: RegisteredTool): Tool {
  const { title, description, annotations, execution, _meta } = tool
  const outputSchema = tool.outputSchema && jsonOf(tool.outputSchema, 'output')
  const described = { name, title, description, inputSchema: inputJson(tool), annotations, execution, _meta }
  return outputSchema ? { ...described, outputSchema } : described
}

const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {} }

function inputJson({ inputSchema }: RegisteredTool): JsonSchema {
  return (inputSchema && jsonOf(inputSchema, 'input')) ?? NO_ARGUMENTS
}

const converted = {
  input: new WeakMap<AnySchema, JsonSchema>(),
  output: new WeakMap<AnySchema, JsonSchema>(),
}

function jsonOf(schema: AnySchema, direction: keyof typeof converted): JsonSchema | undefined {
  const known = converted[direction].get(schema)
  if (known) return known
  const object = normalizeObjectSchema(schema)
  if (!object) return undefined
  const json = toJsonSchemaCompat(object, { strictUnions: true, pipeStrategy: direction }) as JsonSchema
  converted[direction].set(schema, json)
  return json
}

const objects = new WeakMap<ZodRawShapeCompat, AnySchema>()

/** The schema of a raw shape, one for as long as the shape lives. */
function lasting(schema: unknown): unknown {
  if (!isRawShape(schema)) return schema
  const object = objects.get(schema) ?? objectFromShape(schema)
  objects.set(schema, object)
  return object
}

function isRawShape(schema: unknown): schema is ZodRawShapeCompat {
  if (!isObject(schema) || isZodSchema(schema)) return false
  return Object.values(schema).every((field) => isObject(field) && isZodSchema(field))
}

function isZodSchema(value: object): boolean {
  return '_zod' in value || '_def' in value
}
