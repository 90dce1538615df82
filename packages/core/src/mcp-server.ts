import type { McpServerOptions, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AnySchema, ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { Implementation, Tool } from '@modelcontextprotocol/sdk/types.js'
import { cached } from './cached.ts'
import { isObject } from './json-rpc.ts'
import {
  CfWorkerJsonSchemaValidator,
  ListToolsRequestSchema,
  normalizeObjectSchema,
  objectFromShape,
  SdkMcpServer,
  toJsonSchemaCompat,
} from './sdk.ts'

type JsonSchema = Tool['inputSchema']

// compiles nothing, so it also works where code generation is forbidden
const jsonSchemaValidator = new CfWorkerJsonSchemaValidator()

/**
 * The SDK's `McpServer` without what it costs to build one for every request: no JSON Schema compiler
 * of its own, and schemas that outlive the server are converted once.
 */
export class McpServer extends SdkMcpServer {
  // on the prototype, with the SDK's own overloads
  static {
    const { registerTool, tool } = SdkMcpServer.prototype
    McpServer.prototype.registerTool = keeping(registerTool, withLastingSchemas)
    McpServer.prototype.tool = keeping(tool)
  }

  /**
   * @param serverInfo - Name and version, as clients see them.
   * @param options - The SDK's own; `jsonSchemaValidator` defaults to one that all servers share.
   */
  constructor(serverInfo: Implementation, options?: McpServerOptions) {
    super(serverInfo, { jsonSchemaValidator, ...options })
    if (options?.capabilities?.tools) toolsOf(this)
    const { tasks } = this.experimental
    const { registerToolTask } = tasks
    tasks.registerToolTask = keeping(registerToolTask.bind(tasks), withLastingSchemas).bind(this)
  }

  /**
   * The JSON Schema of a tool's arguments, as `tools/list` shows it; undefined for a tool that is not
   * registered or is disabled.
   */
  toolInputSchemaJson(name: string): JsonSchema | undefined {
    const tool = toolsOfServer.get(this.server)?.get(name)
    return tool?.enabled ? inputJson(tool) : undefined
  }
}

type Register = (name: string, ...rest: unknown[]) => RegisteredTool

/** A method that registers a tool, and keeps it for the list. */
function keeping<Method>(register: Method, lastingOf = (config: unknown): unknown => config): Method {
  function keep(this: McpServer, name: string, config: unknown, ...rest: unknown[]): RegisteredTool {
    const tool = (register as Register).call(this, name, lastingOf(config), ...rest)
    const tools = toolsOf(this).set(name, tool)
    const { update } = tool
    tool.update = ((updates: Parameters<typeof update>[0]) => {
      if (updates.name !== undefined && updates.name !== name) {
        tools.delete(name)
        if (updates.name) tools.set(updates.name, tool)
      }
      update(updates)
    }) as typeof update
    return tool
  }
  return keep as Method
}

type Tools = Map<string, RegisteredTool>

const toolsOfServer = new WeakMap<SdkMcpServer['server'], Tools>()

// the SDK sets its own list handler first, and would refuse to find one there
const toolsOf = ({ server }: SdkMcpServer): Tools =>
  cached(toolsOfServer, server, () => {
    const tools: Tools = new Map()
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [...tools].filter(([, tool]) => tool.enabled).map(([name, tool]) => describe(name, tool)),
    }))
    return tools
  })

const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {} }

function describe(name: string, tool: RegisteredTool): Tool {
  const { title, description, annotations, execution, _meta } = tool
  const outputSchema = jsonOf(tool.outputSchema, 'output')
  return {
    name,
    title,
    description,
    inputSchema: inputJson(tool),
    outputSchema,
    annotations,
    execution,
    _meta,
  }
}

const inputJson = ({ inputSchema }: RegisteredTool): JsonSchema =>
  jsonOf(inputSchema, 'input') ?? NO_ARGUMENTS

const converted = { input: new WeakMap<object, JsonSchema>(), output: new WeakMap<object, JsonSchema>() }

function jsonOf(schema: AnySchema | undefined, pipeStrategy: keyof typeof converted): JsonSchema | undefined {
  const object = normalizeObjectSchema(schema)
  const convert = (): JsonSchema =>
    toJsonSchemaCompat(object as AnySchema as never, { strictUnions: true, pipeStrategy }) as JsonSchema
  return object && cached(converted[pipeStrategy], object, convert)
}

const objects = new WeakMap<object, unknown>()

/** The schema of a raw shape, one for as long as the shape lives. */
function lasting(schema: unknown): unknown {
  if (!isObject(schema) || isZodSchema(schema) || !Object.values(schema).every(isZodSchema)) return schema
  return cached(objects, schema, () => objectFromShape(schema as ZodRawShapeCompat))
}

const isZodSchema = (value: unknown): boolean => isObject(value) && ('_zod' in value || '_def' in value)

function withLastingSchemas(config: unknown): unknown {
  if (!isObject(config) || !('inputSchema' in config || 'outputSchema' in config)) return config
  return { ...config, inputSchema: lasting(config.inputSchema), outputSchema: lasting(config.outputSchema) }
}
