// one server of each kind, with one tool that does what a case says
import { Server as SdkServer } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  CallToolRequestSchema,
  EmptyResultSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { McpServer } from '@portico-mcp/core'

const INFO = { name: 'tested', version: '1.0.0' }
const OPTIONS = {
  capabilities: {
    logging: {},
    tools: { listChanged: true },
    resources: { listChanged: true, subscribe: true },
    prompts: { listChanged: true },
  },
}
const LOGGING = { capabilities: { logging: {} } }

/** What a case is given: the server, its protocol, and the two ways to the client that a handler has. */
const given1 = (outer, protocol, extra) => ({
  outer,
  protocol,
  notify: (notification) => extra.sendNotification(notification),
  ask: (request) => extra.sendRequest(request, EmptyResultSchema),
  request: (request) => protocol.request(request, EmptyResultSchema),
})

const mcpServer = (Class, run) => () => {
  const server = new Class(INFO, LOGGING)
  server.registerTool('run', {}, (extra) => run(given1(server, server.server, extra)))
  return server
}

// looks into the server before it is served, so that Portico's class leaves it to the SDK from the start
const awake = (run) => () => {
  const server = mcpServer(McpServer, run)()
  void server.server
  return server
}

// looks at `server` only where a case does
const lazy = (run) => () => {
  const server = new McpServer(INFO, LOGGING)
  server.registerTool('run', {}, (extra) =>
    run({
      outer: server,
      get protocol() {
        return server.server
      },
      notify: (notification) => extra.sendNotification(notification),
      ask: (request) => extra.sendRequest(request, EmptyResultSchema),
      request: (request) => server.server.request(request, EmptyResultSchema),
    }),
  )
  return server
}

const lowLevel = (run) => () => {
  const server = new SdkServer(INFO, OPTIONS)
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [{ name: 'run', inputSchema: { type: 'object' } }],
  }))
  server.setRequestHandler(CallToolRequestSchema, (_, extra) => run(given1(server, server, extra)))
  return server
}

const nextSdk = (run) => () => {
  const server = new McpServer2(INFO, LOGGING)
  server.registerTool('run', {}, (ctx) =>
    run({
      outer: server,
      protocol: server.server,
      notify: (notification) => ctx.mcpReq.notify(notification),
      ask: (request) => ctx.mcpReq.send(request),
      request: (request) => server.server.request(request),
    }),
  )
  return server
}

export const SERVERS = {
  "Portico's McpServer": lazy,
  "Portico's McpServer that was looked into": awake,
  "the SDK's McpServer": (run) => mcpServer(SdkMcpServer, run),
  'a low-level Server': lowLevel,
  'a server of 2.x': nextSdk,
}
