import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { McpServerOptions, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import { cached } from './cached.ts'
import { DONE } from './eventual.ts'
import { Exchange } from './exchange.ts'
import { isObject } from './json-rpc.ts'
import { LateMcpServer } from './late-server.ts'
import { guardServer } from './outbound.ts'
import { ListToolsRequestSchema, SdkMcpServer } from './sdk.ts'
import { giveShortcut, Shortcut, shortcutOf } from './shortcut.ts'
import { describeTool, inputJson, type JsonSchema, lasting } from './tool-schemas.ts'

const sdk = SdkMcpServer.prototype
const registerForGood = keeping(sdk.registerTool, withLastingSchemas)

/**
 * The SDK's `McpServer` without what it costs to build one for every request: no JSON Schema compiler
 * of its own, schemas that outlive the server are converted once, and the common methods are answered
 * without the SDK's protocol while nobody has looked into `server`.
 */
export class McpServer extends LateMcpServer {
  // on the prototype, with the SDK's own overloads
  static {
    McpServer.prototype.registerTool = recordingTool as never
    McpServer.prototype.tool = recording(keeping(sdk.tool), (shortcut, name, words) =>
      shortcut.recordPlainly(name, words),
    )
    for (const name of ['resource', 'registerResource'] as const) {
      McpServer.prototype[name] = within(sdk[name], 'resources') as never
    }
    for (const name of ['prompt', 'registerPrompt'] as const) {
      McpServer.prototype[name] = within(sdk[name], 'prompts') as never
    }
    for (const name of ['sendToolListChanged', 'sendPromptListChanged', 'sendResourceListChanged'] as const) {
      McpServer.prototype[name] = announcing(name)
    }
  }

  /**
   * @param serverInfo - Name and version, as clients see them.
   * @param options - The SDK's own; `jsonSchemaValidator` defaults to one that all servers share.
   */
  constructor(serverInfo: Implementation, options: McpServerOptions = {}) {
    super(serverInfo, options)
    giveShortcut(this, new Shortcut(serverInfo, options, () => this.server))
    // what the SDK checks of options it checks at once
    if (options.maxToolInputElements !== undefined) wake(this)
  }

  /** Has the SDK take over from the first look at it; not while it is at work itself. */
  protected onlook(): void {
    if (!shortcutOf(this)?.isInside) wake(this)
  }

  override get experimental(): SdkMcpServer['experimental'] {
    wake(this)
    const experimental = super.experimental
    const { tasks } = experimental
    if (!Object.hasOwn(tasks, 'registerToolTask')) {
      const register = tasks.registerToolTask.bind(tasks)
      tasks.registerToolTask = keeping(register, withLastingSchemas).bind(this)
    }
    return experimental
  }

  override connect(transport: Transport): Promise<void> {
    if (transport instanceof Exchange && shortcutOf(this)?.connect(transport)) {
      void transport.start()
      return DONE
    }
    wake(this)
    guardServer(this)
    return super.connect(transport)
  }

  override close(): Promise<void> {
    const shortcut = shortcutOf(this)
    if (!shortcut?.isOpen) return super.close()
    shortcut.close()
    return DONE
  }

  /**
   * The JSON Schema of a tool's arguments, as `tools/list` shows it; undefined for a tool that is not
   * registered or is disabled.
   */
  toolInputSchemaJson(name: string): JsonSchema | undefined {
    const shortcut = shortcutOf(this)
    if (shortcut?.isOpen) return shortcut.inputJson(name)
    const tool = toolsOfServer.get(this.server)?.get(name)
    return tool?.enabled ? inputJson(tool) : undefined
  }
}

/** Has the SDK take over, with everything that it has not been told. */
function wake(server: McpServer): void {
  const shortcut = shortcutOf(server)
  if (!shortcut?.isOpen) return
  shortcut.isOpen = false
  if (shortcut.options.capabilities?.tools) toolsOf(server)
  for (const tool of shortcut.tools.values()) {
    tool.registered = registerForGood.call(server, tool.name, tool.config, tool.callback as never)
  }
  shortcut.handOver(server.server, (exchange) => sdk.connect.call(server, exchange))
  guardServer(server, shortcut.dropped)
}

/**
 * Announces a change with the SDK's server. It is guarded once it is built, so that a change is heard that is
 * announced after the answer.
 */
function announcing(name: 'sendToolListChanged' | 'sendPromptListChanged' | 'sendResourceListChanged') {
  return function (this: McpServer): void {
    const shortcut = shortcutOf(this)
    if (shortcut?.isOpen && !shortcut.isInside) {
      wake(this)
      this[name]()
    } else sdk[name].call(this)
  }
}

type Method = (this: McpServer, ...args: never[]) => unknown

function awake<M extends Method>(method: M): M {
  return function (this: McpServer, ...args: never[]) {
    wake(this)
    return method.apply(this, args)
  } as unknown as M
}

// the most called of all, so it makes no list of its arguments
function recordingTool(this: McpServer, name: string, config: unknown, callback: unknown): RegisteredTool {
  const recorded = shortcutOf(this)?.record(name, config, callback)
  return recorded ?? (awake(registerForGood) as unknown as Register).call(this, name, config, callback)
}

/** A method that registers a tool, which the SDK is told of when it is needed. */
function recording<M extends Method>(
  register: M,
  record: (shortcut: Shortcut, name: string, rest: unknown[]) => RegisteredTool | undefined,
): M {
  return function (this: McpServer, name: string, ...rest: unknown[]) {
    const shortcut = shortcutOf(this)
    const recorded = shortcut && record(shortcut, name, rest)
    return recorded ?? (awake(register) as unknown as Register).call(this, name, ...rest)
  } as unknown as M
}

/** A method of the SDK that registers something else, without looking like someone who looks inside. */
function within<M extends Method>(method: M, kind: 'prompts' | 'resources'): M {
  return function (this: McpServer, ...args: never[]) {
    const shortcut = shortcutOf(this)
    if (!shortcut?.isOpen || shortcut.isConnected) return awake(method).apply(this, args)
    shortcut.isInside = true
    try {
      const registered = method.apply(this, args)
      shortcut.declared[kind] = { listChanged: true }
      if (completes(this.server)) shortcut.declared.completions = {}
      return registered
    } finally {
      shortcut.isInside = false
    }
  } as unknown as M
}

function completes(server: Server): boolean {
  try {
    server.assertCanSetRequestHandler('completion/complete')
    return false
  } catch {
    return true
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

const toolsOfServer = new WeakMap<Server, Tools>()

// the SDK sets its own list handler first, and would refuse to find one there
const toolsOf = ({ server }: SdkMcpServer): Tools =>
  cached(toolsOfServer, server, () => {
    const tools: Tools = new Map()
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [...tools].filter(([, tool]) => tool.enabled).map(([name, tool]) => describeTool(name, tool)),
    }))
    return tools
  })

function withLastingSchemas(config: unknown): unknown {
  if (!isObject(config) || !('inputSchema' in config || 'outputSchema' in config)) return config
  return { ...config, inputSchema: lasting(config.inputSchema), outputSchema: lasting(config.outputSchema) }
}
