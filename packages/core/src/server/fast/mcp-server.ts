import type { McpServerOptions, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import { SdkMcpServer } from '../../protocol/sdk.ts'
import { DONE, isObject } from '../../utils/type-guards.ts'
import { guardServer } from '../guard-server.ts'
import { FastServer, findFastServer } from './fast-server.ts'
import { announcing, awake, type Method, within } from './forwarded-methods.ts'
import { registerToolLastingly, setLastingToolHandlers } from './lasting-tools.ts'
import { LazyMcpServer } from './lazy-sdk-server.ts'
import { record, recordOlder } from './recorded-tools.ts'
import { watchClass } from './sdk-methods.ts'
import { inputJson, type JsonSchema } from './tool-schemas.ts'

const sdk = SdkMcpServer.prototype

/** The options that do not change the answers that are given without the SDK. */
const PLAIN_OPTIONS = new Set([
  'capabilities',
  'instructions',
  'jsonSchemaValidator',
  'enforceStrictCapabilities',
  'debouncedNotificationMethods',
])

/**
 * The SDK's `McpServer`, made cheap to build for every request: all servers share a JSON Schema compiler, a schema
 * that outlives the server is converted once, and `initialize`, `tools/list` and `tools/call` are answered without the
 * SDK's protocol. If user code reads `server` or replaces a method of the SDK's classes, the SDK answers instead.
 */
export class McpServer extends LazyMcpServer {
  // Methods that are assigned to the prototype keep the overloads of the SDK's types.
  static {
    const { prototype } = McpServer
    prototype.registerTool = recordingTool as never
    prototype.tool = recording('tool', (fast, name, words) => recordOlder(fast, name, words)) as never
    for (const name of ['resource', 'registerResource'] as const)
      prototype[name] = within(name, 'resources') as never
    for (const name of ['prompt', 'registerPrompt'] as const)
      prototype[name] = within(name, 'prompts') as never
    Object.assign(prototype, {
      _createRegisteredTool: registerToolLastingly,
      setToolRequestHandlers: setLastingToolHandlers,
    })
    for (const name of ['sendToolListChanged', 'sendPromptListChanged', 'sendResourceListChanged'] as const) {
      prototype[name] = announcing(name)
    }
    watchClass(prototype)
  }

  /**
   * @param serverInfo - Name and version, as clients see them.
   * @param options - The options of the SDK; `jsonSchemaValidator` defaults to one that all servers share.
   */
  constructor(serverInfo: Implementation, options: McpServerOptions = {}) {
    super(serverInfo, options)
    const fast = new FastServer(this, serverInfo, options, () => {
      wake(this)
      return this.server
    })
    if (Object.keys(options).every((name) => PLAIN_OPTIONS.has(name))) fast.canAnswerFor(this)
    else wake(this)
  }

  override get experimental(): SdkMcpServer['experimental'] {
    wake(this)
    return super.experimental
  }

  override connect(transport: Transport): Promise<void> {
    wake(this)
    guardServer(this)
    return super.connect(transport)
  }

  override close(): Promise<void> {
    const fast = findFastServer(this)
    if (!fast?.isActive) return super.close()
    fast.close()
    return fast.canAnswerFor(this) ? DONE : super.close()
  }

  /**
   * Returns the JSON Schema of a tool's arguments as `tools/list` shows it; undefined for a tool that is not
   * registered or is disabled.
   */
  toolInputSchemaJson(name: string): JsonSchema | undefined {
    const fast = findFastServer(this)
    if (fast?.isActive) return fast.inputJson(name)
    const tools = getRegisteredTools(this)
    const tool = Object.hasOwn(tools, name) ? tools[name] : undefined
    return tool?.enabled ? inputJson(tool) : undefined
  }
}

/** Returns the tools that are registered with the SDK. */
const getRegisteredTools = (server: SdkMcpServer): Record<string, RegisteredTool> =>
  (server as unknown as { _registeredTools: Record<string, RegisteredTool> })._registeredTools

/** Lets the SDK take over, and registers everything with it that has only been recorded. */
function wake(server: McpServer): void {
  const fast = findFastServer(server)
  if (!fast?.isActive) return
  fast.isActive = false
  const { self, tools } = fast
  for (const tool of tools.values()) {
    tool.registered = (sdk.registerTool as Register).call(self, tool.name, tool.config, tool.callback)
    // User code holds the object that `registerTool` returned, so the SDK has to keep that same object.
    getRegisteredTools(self)[tool.name] = tool.handle
  }
  fast.handOver(self.server, (exchange) => sdk.connect.call(self, exchange))
  // A server that has not been served yet is guarded when it is.
  if (fast.scope) guardServer(self, fast.scope.dropped)
}

type Register = (this: SdkMcpServer, name: string, ...rest: unknown[]) => RegisteredTool

// It is called most of all, so it creates no array of its arguments.
function recordingTool(this: McpServer, name: string, config: unknown, callback: unknown): unknown {
  const fast = findRecorder(this)
  const execution = isObject(config) ? config.execution : undefined
  if (execution) noteTaskSupport(this, name, execution)
  return (
    (fast && record(fast, name, config, callback)) ?? awake(this, 'registerTool', [name, config, callback])
  )
}

/** Keeps the task support of a tool, which the SDK drops. */
function noteTaskSupport(server: SdkMcpServer, name: string, execution: unknown): void {
  const { taskSupport } = execution as { taskSupport?: unknown }
  if (taskSupport !== 'optional' && taskSupport !== 'required') return
  const fast = findFastServer(server)
  if (!fast) return
  fast.taskSupport ??= new Map()
  fast.taskSupport.set(name, taskSupport)
}

/** Finds the fast server that may record a tool; undefined if the SDK has to register it, as it did earlier ones. */
function findRecorder(server: SdkMcpServer): FastServer | undefined {
  const fast = findFastServer(server)
  if (fast?.self !== server || !fast.isActive || fast.answerer) return undefined
  return fast.tools.size > 0 || fast.canAnswerFor(server) ? fast : undefined
}

/** Creates a method that records a tool, which is registered with the SDK when the SDK is needed. */
function recording(
  method: 'tool',
  record: (fast: FastServer, name: string, rest: unknown[]) => RegisteredTool | undefined,
): Method {
  return function (this: SdkMcpServer, name: string, ...rest: unknown[]) {
    const fast = findRecorder(this)
    return (fast && record(fast, name, rest)) ?? awake(this, method, [name, ...rest])
  }
}
