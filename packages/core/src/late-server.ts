import type { McpServerOptions } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import { jsonSchemaValidator } from './json-schema/index.ts'
import { SdkMcpServer } from './sdk.ts'

const BUILD = Symbol('build')
const BUILT = Symbol('built')

interface Late {
  [BUILD]: () => SdkMcpServer
  [BUILT]?: SdkMcpServer
  /** Called before anything of the SDK's server is looked at. */
  onlook?: () => void
}

function build(serverInfo: Implementation, options?: McpServerOptions): SdkMcpServer {
  return new SdkMcpServer(serverInfo, { jsonSchemaValidator, ...options })
}

function LateServer(this: Late, serverInfo: Implementation, options?: McpServerOptions): void {
  this[BUILD] = () => build(serverInfo, options)
}

// whatever fields the SDK gives a server are those of one that is built when the first is looked at
LateServer.prototype = Object.create(
  SdkMcpServer.prototype,
  Object.fromEntries(Object.keys(build({ name: '', version: '' })).map((name) => [name, fieldOf(name)])),
)

function fieldOf(name: string): PropertyDescriptor {
  const built = (late: Late): Record<string, unknown> => {
    late.onlook?.()
    late[BUILT] ??= late[BUILD]()
    return late[BUILT] as never
  }
  return {
    configurable: true,
    get(this: Late) {
      return built(this)[name]
    },
    set(this: Late, value) {
      built(this)[name] = value
    },
  }
}

/** The SDK's `McpServer`, of which nothing is built before somebody looks at it. */
export const LateMcpServer: typeof SdkMcpServer = LateServer as never
