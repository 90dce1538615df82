import type { RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import { isObject } from '../../utils/type-guards.ts'
import type { ToolTaskSupport } from '../extension.ts'
import { isRawShape, isToolSchema, type ToolConfig, toLastingSchema } from './tool-schemas.ts'

/** Where tools are recorded. */
interface Recorder {
  readonly tools: Map<string, RecordedTool>
  readonly taskSupport: Map<string, ToolTaskSupport['taskSupport']> | undefined
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
  /** The return value of `registerTool`. */
  handle: RegisteredTool
  /** The tool as it is registered with the SDK. */
  registered: RegisteredTool | undefined
}

const VALID_NAME = /^\w([\w.-]{0,126}\w)?$/

const MAX_REMEMBERED = 1024

// Factories register the same names for every request, so checking a name once is enough.
const validNames = new Set<string>()

/** Whether the SDK accepts a tool's name without a warning. A name that it accepts is remembered. */
function isValidName(name: string): boolean {
  if (!VALID_NAME.test(name) || name in Object.prototype) return false
  if (validNames.size < MAX_REMEMBERED) validNames.add(name)
  return true
}

/** Records a tool of `registerTool()`; undefined if the SDK has to check it. */
export function record(
  recorder: Recorder,
  name: string,
  config: unknown,
  callback: unknown,
): RegisteredTool | undefined {
  if (!isObject(config) || typeof callback !== 'function') return undefined
  if ((!validNames.has(name) && !isValidName(name)) || recorder.tools.has(name)) return undefined
  // `createTask` belongs to the SDK's experimental tasks, which the SDK registers itself.
  if ('createTask' in callback) return undefined
  const { title, description, inputSchema, outputSchema, annotations, _meta } = config
  if (inputSchema !== undefined && !isToolSchema(inputSchema)) return undefined
  if (outputSchema !== undefined && !isToolSchema(outputSchema)) return undefined
  // The object has every member from the start: V8 moves an object that gets a member later.
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
  // The members are copied one by one: a spread takes about 1 µs, for each tool of a list.
  const described = {
    title,
    description,
    inputSchema: inputSchema && toLastingSchema(inputSchema),
    outputSchema: outputSchema && toLastingSchema(outputSchema),
    annotations,
    _meta,
    execution: { taskSupport: tool.recorder.taskSupport?.get(tool.name) ?? 'forbidden' },
  } as ToolConfig
  tool.described = described
  return described
}

function registeredTool(tool: RecordedTool): RegisteredTool {
  tool.recorder.wake()
  return tool.registered as RegisteredTool
}

/** The return value of `registerTool`. Reading or changing it makes the SDK register the tool, and reads or changes that. */
const HANDLE: ProxyHandler<RecordedTool> = {
  get: (tool, key) => Reflect.get(registeredTool(tool), key),
  set: (tool, key, value) => Reflect.set(registeredTool(tool), key, value),
  has: (tool, key) => Reflect.has(registeredTool(tool), key),
  ownKeys: (tool) => Reflect.ownKeys(registeredTool(tool)),
  getOwnPropertyDescriptor: (tool, key) => Reflect.getOwnPropertyDescriptor(registeredTool(tool), key),
}
