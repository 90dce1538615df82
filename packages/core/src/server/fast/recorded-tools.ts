import type { RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import { isObject } from '../../utils/type-guards.ts'
import { isRawShape, isToolSchema, lasting, type ToolConfig } from './tool-schemas.ts'

/** Where tools are recorded. */
interface Recorder {
  readonly tools: Map<string, RecordedTool>
  /** Registers all of them with the SDK. */
  readonly wake: () => unknown
}

/** A tool that is recorded, and not yet registered with the SDK. */
export interface RecordedTool {
  name: string
  recorder: Recorder
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

/** Whether the SDK accepts a tool's name without a warning. A name that it accepts is remembered. */
function isValidName(name: string): boolean {
  if (!VALID_NAME.test(name) || name in Object.prototype) return false
  if (validNames.size < MAX_REMEMBERED) validNames.add(name)
  return true
}

/** Records a tool of `registerTool()`; undefined for one that the SDK has to check. */
export function record(
  recorder: Recorder,
  name: string,
  config: unknown,
  callback: unknown,
): RegisteredTool | undefined {
  if (!isObject(config) || typeof callback !== 'function') return undefined
  if ((!validNames.has(name) && !isValidName(name)) || recorder.tools.has(name)) return undefined
  // a tool of the SDK's experimental tasks
  if ('createTask' in callback) return undefined
  const { title, description, inputSchema, outputSchema, annotations, _meta } = config
  if (inputSchema !== undefined && !isToolSchema(inputSchema)) return undefined
  if (outputSchema !== undefined && !isToolSchema(outputSchema)) return undefined
  // with every member that it will have: V8 moves an object that gets one later
  const tool: RecordedTool = {
    name,
    recorder,
    config: { title, description, inputSchema, outputSchema, annotations, _meta },
    callback: callback as RecordedTool['callback'],
    handle: undefined as never,
    described: undefined,
    registered: undefined,
  }
  recorder.tools.set(name, tool)
  tool.handle = new Proxy(tool, HANDLE) as unknown as RegisteredTool
  return tool.handle
}

/** Records a tool of the SDK's older `tool()`: description and raw shape are optional. */
export function recordOlder(
  recorder: Recorder,
  name: string,
  rest: readonly unknown[],
): RegisteredTool | undefined {
  const args = [...rest]
  const description = typeof args[0] === 'string' ? args.shift() : undefined
  const callback = args.pop()
  const [inputSchema] = args
  if (args.length > 1 || (args.length === 1 && !isRawShape(inputSchema))) return undefined
  return record(recorder, name, { description, inputSchema }, callback)
}

/** The config of a tool with its raw shapes converted to schemas. */
export function describeConfig(tool: RecordedTool): ToolConfig {
  if (tool.described) return tool.described
  const { title, description, inputSchema, outputSchema, annotations, _meta } = tool.config
  // member by member: a spread takes a microsecond, for each tool of a list
  const described = {
    title,
    description,
    inputSchema: inputSchema && lasting(inputSchema),
    outputSchema: outputSchema && lasting(outputSchema),
    annotations,
    _meta,
    execution: { taskSupport: 'forbidden' },
  } as ToolConfig
  tool.described = described
  return described
}

function registeredTool(tool: RecordedTool): RegisteredTool {
  tool.recorder.wake()
  return tool.registered as RegisteredTool
}

/** What `registerTool` returns: reading or changing it reads or changes the tool that the SDK registers then. */
const HANDLE: ProxyHandler<RecordedTool> = {
  get: (tool, key) => Reflect.get(registeredTool(tool), key),
  set: (tool, key, value) => Reflect.set(registeredTool(tool), key, value),
  has: (tool, key) => Reflect.has(registeredTool(tool), key),
  ownKeys: (tool) => Reflect.ownKeys(registeredTool(tool)),
  getOwnPropertyDescriptor: (tool, key) => Reflect.getOwnPropertyDescriptor(registeredTool(tool), key),
}
