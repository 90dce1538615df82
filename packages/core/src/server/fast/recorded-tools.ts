import type { RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import { isObject } from '../../protocol/json-rpc.ts'
import { isRawShape, isToolSchema, lasting, type ToolConfig } from './tool-schemas.ts'

/** A tool that is recorded, and not yet registered with the SDK. */
export interface RecordedTool {
  name: string
  /** As it was registered. */
  config: Readonly<Record<Exclude<keyof ToolConfig, 'execution'>, unknown>>
  /** The same with raw shapes converted to schemas, once they are needed. */
  described: ToolConfig | undefined
  callback: (...args: unknown[]) => unknown
  /** What `registerTool` returned. */
  handle: RegisteredTool
  /** What the SDK registered. */
  registered: RegisteredTool | undefined
}

const VALID_NAME = /^\w([\w.-]{0,126}\w)?$/

const MAX_REMEMBERED = 1024

// factories register the same names for every request
const validNames = new Set<string>()

/** Whether the SDK accepts a tool's name without a warning. */
function isValidName(name: string): boolean {
  if (validNames.has(name)) return true
  if (!VALID_NAME.test(name) || name in Object.prototype) return false
  if (validNames.size < MAX_REMEMBERED) validNames.add(name)
  return true
}

/** The tools of a server, as `registerTool` got them. */
export class RecordedTools extends Map<string, RecordedTool> {
  readonly #handle: ProxyHandler<RecordedTool>

  /** @param wake - Registers all tools with the SDK. */
  constructor(wake: () => unknown) {
    super()
    this.#handle = handleOf(wake)
  }

  /** Records a tool; undefined for one that the SDK has to check. */
  record(name: string, config: unknown, callback: unknown): RegisteredTool | undefined {
    if (!isObject(config) || typeof callback !== 'function') return undefined
    // `createTask`: a tool of the SDK's experimental tasks
    if (!isValidName(name) || this.has(name) || 'createTask' in callback) return undefined
    const { title, description, inputSchema, outputSchema, annotations, _meta } = config
    if (!isToolSchema(inputSchema) || !isToolSchema(outputSchema)) return undefined
    // with every member that it will have: V8 moves an object that gets one later
    const tool: RecordedTool = {
      name,
      config: { title, description, inputSchema, outputSchema, annotations, _meta },
      callback: callback as RecordedTool['callback'],
      handle: undefined as never,
      described: undefined,
      registered: undefined,
    }
    this.set(name, tool)
    tool.handle = new Proxy(tool, this.#handle) as unknown as RegisteredTool
    return tool.handle
  }

  /** Records a tool of the SDK's older `tool()`: description and raw shape are optional. */
  recordOlder(name: string, rest: readonly unknown[]): RegisteredTool | undefined {
    const args = [...rest]
    const description = typeof args[0] === 'string' ? args.shift() : undefined
    const callback = args.pop()
    const [inputSchema] = args
    if (args.length > 1 || (args.length === 1 && !isRawShape(inputSchema))) return undefined
    return this.record(name, { description, inputSchema }, callback)
  }
}

/** The config of a tool with its raw shapes converted to schemas. */
export function describeConfig(tool: RecordedTool): ToolConfig {
  const { title, description, inputSchema, outputSchema, annotations, _meta } = tool.config
  // member by member: a spread takes a microsecond, for each tool of a list
  tool.described ??= {
    title: title as ToolConfig['title'],
    description: description as ToolConfig['description'],
    inputSchema: lasting(inputSchema) as ToolConfig['inputSchema'],
    outputSchema: lasting(outputSchema) as ToolConfig['outputSchema'],
    annotations: annotations as ToolConfig['annotations'],
    _meta: _meta as ToolConfig['_meta'],
    execution: { taskSupport: 'forbidden' },
  }
  return tool.described
}

/** What `registerTool` returns: reading or changing it reads or changes the tool that the SDK registers then. */
const handleOf = (wake: () => unknown): ProxyHandler<RecordedTool> => {
  const real = (tool: RecordedTool): RegisteredTool => {
    wake()
    return tool.registered as RegisteredTool
  }
  return {
    get: (tool, key) => Reflect.get(real(tool), key),
    set: (tool, key, value) => Reflect.set(real(tool), key, value),
    has: (tool, key) => Reflect.has(real(tool), key),
    ownKeys: (tool) => Reflect.ownKeys(real(tool)),
    getOwnPropertyDescriptor: (tool, key) => Reflect.getOwnPropertyDescriptor(real(tool), key),
  }
}
