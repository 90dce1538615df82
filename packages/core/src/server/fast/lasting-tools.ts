import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { ListToolsRequestSchema, SdkMcpServer } from '../../protocol/sdk.ts'
import { findFastServer } from './fast-server.ts'
import { areSdkMethodsUntouched } from './sdk-methods.ts'
import { describeTool, toLastingSchema } from './tool-schemas.ts'

// These members are private in the SDK's types.
interface SdkInternals {
  _createRegisteredTool(
    name: string,
    title: unknown,
    description: unknown,
    inputSchema: unknown,
    outputSchema: unknown,
    ...rest: unknown[]
  ): RegisteredTool
  setToolRequestHandlers(): void
  _registeredTools: Record<string, RegisteredTool>
  server: Server
}

const sdk = SdkMcpServer.prototype as unknown as SdkInternals

/** Registers a tool with the SDK; its raw shapes are converted to schemas once for all servers. */
export const registerToolLastingly: SdkInternals['_createRegisteredTool'] = function (
  this: SdkInternals,
  name,
  title,
  description,
  inputSchema,
  outputSchema,
  ...rest
) {
  // A method that user code has put in the place of the SDK's gets the arguments as user code gave them.
  const keep = areSdkMethodsUntouched() ? toLastingSchema : (schema: unknown) => schema
  const schemas = [keep(inputSchema), keep(outputSchema)] as const
  return sdk._createRegisteredTool.call(this, name, title, description, ...schemas, ...rest)
}

/** Returns a tool with the `execution.taskSupport` that it was registered with, which the SDK drops. */
function withTaskSupport(server: object, name: string, tool: RegisteredTool): RegisteredTool {
  const taskSupport = findFastServer(server)?.taskSupport?.get(name)
  return taskSupport ? { ...tool, execution: { taskSupport } } : tool
}

/**
 * Sets the SDK's handlers, but with a handler of `tools/list` that converts a schema once for all servers. The SDK's
 * own is replaced while it is being set. If it was replaced afterwards, code that wraps `setRequestHandler` would see
 * two handlers for `tools/list`.
 */
export function setLastingToolHandlers(this: SdkInternals): void {
  const setHandlers = (): void => sdk.setToolRequestHandlers.call(this)
  if (!areSdkMethodsUntouched()) {
    setHandlers()
    return
  }
  const { server } = this
  const own = Object.getOwnPropertyDescriptor(server, 'setRequestHandler')
  const set = server.setRequestHandler
  const list = (): { tools: Tool[] } => ({
    tools: Object.entries(this._registeredTools)
      .filter(([, tool]) => tool.enabled)
      .map(([name, tool]) => describeTool(name, withTaskSupport(this, name, tool))),
  })
  server.setRequestHandler = ((schema: unknown, handler: unknown) =>
    set.call(server, schema as never, schema === ListToolsRequestSchema ? list : (handler as never))) as never
  try {
    setHandlers()
  } finally {
    if (own) Object.defineProperty(server, 'setRequestHandler', own)
    else delete (server as Partial<typeof server>).setRequestHandler
  }
}
