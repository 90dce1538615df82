import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Skills } from '@portico-mcp/skills'
import type { Tasks } from '@portico-mcp/tasks'
import { registerPrompts } from './prompts.ts'
import { registerResources } from './resources.ts'
import { registerAskingTools } from './tools/ask.ts'
import { registerContentTools } from './tools/content.ts'
import { registerInputTools } from './tools/input.ts'
import { registerNotifyingTools } from './tools/notify.ts'
import { registerSchemaTools } from './tools/schema.ts'
import { registerTaskTools } from './tools/task.ts'

/** Builds a server of the 1.x SDK that has everything the conformance suite asks for. */
export const createEverythingServer = (): McpServer => buildEverything(McpServer)

/** Builds it with another class, such as Portico's, which compiles no code. */
export function buildEverything(Server: typeof McpServer): McpServer {
  const server = new Server(
    { name: 'everything', version: '1.0.0' },
    { capabilities: { logging: {}, resources: { subscribe: true } } },
  )
  registerContentTools(server)
  registerNotifyingTools(server)
  registerSchemaTools(server)
  registerAskingTools(server)
  registerInputTools(server)
  registerPrompts(server)
  registerResources(server)
  return server
}

/** Creates a factory of the same server with tools that run as tasks, and with skills. */
export const createEverythingFactory = (tasks: Tasks, skills: Skills) => (): McpServer => {
  const server = createEverythingServer()
  skills.register(server)
  registerTaskTools(server, tasks)
  return server
}
