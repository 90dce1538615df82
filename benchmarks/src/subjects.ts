import type { JsonWebKey } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Load } from './load.ts'
import type { Work } from './work.ts'

/** How one server of the comparison answers some work. */
export interface Served {
  /** In process; left out by what only listens on a socket. */
  fetch?: (request: Request) => Response | Promise<Response>
  /** On `node:http`. */
  node?: (req: IncomingMessage, res: ServerResponse) => unknown
  /** Listens by itself, on the port that it is given. */
  listen?: (port: number) => Promise<void>
  /** Announces to all listeners that the tools changed. */
  notify?: () => void
  /** Microseconds of CPU so far of another process that serves in its place. */
  cpu?: () => number
  /** The private key of the tokens that it accepts. */
  signingKey?: JsonWebKey
}

/** Something that serves MCP, or as little as can be called that. */
export interface Subject {
  title: string
  eras: readonly Work['era'][]
  /** What its requests carry. @defaultValue 'plain' */
  load?: Load
  /** Why it cannot run on this machine; undefined if it can. */
  missing?: () => string | undefined
  /** Loads it, and builds what answers some work. */
  serve(work: Work): Promise<Served>
}

const info = { name: 'bench', version: '1.0.0' }
const BOTH = ['modern', 'legacy'] as const
const LEGACY = ['legacy'] as const

/** What is compared, by the name that the report uses. */
export const SUBJECTS: Record<string, Subject> = {
  'ceiling-http': {
    title: 'ceiling: node:http',
    eras: BOTH,
    serve: async (work) => (await import('./ceiling.ts')).serveHttp(work),
  },
  'ceiling-fetch': {
    title: 'ceiling: fetch',
    eras: BOTH,
    serve: async (work) => (await import('./ceiling.ts')).serveFetch(work),
  },
  'bare-sse': {
    title: 'bare event streams',
    eras: [],
    serve: async () => (await import('./bare.ts')).serveBare(),
  },
  portico: {
    title: 'Portico',
    eras: BOTH,
    async serve({ tools, schemas }) {
      const { createMcpHandler, McpServer } = await import('@portico-mcp/core')
      const { toNodeHandler } = await import('@portico-mcp/node')
      const { register, shapesOf } = await import('./tools.ts')
      const build = () => {
        const server = new McpServer(info)
        register(server, shapesOf(tools, schemas))
        return server
      }
      const handler = createMcpHandler(build, { maxSubscriptions: 100_000 })
      return { fetch: handler.fetch, node: toNodeHandler(handler), notify: handler.notify.toolsChanged }
    },
  },
  'portico-sdk': {
    title: "Portico, the SDK's McpServer",
    eras: BOTH,
    async serve({ tools, schemas }) {
      const { createMcpHandler } = await import('@portico-mcp/core')
      const { toNodeHandler } = await import('@portico-mcp/node')
      const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
      const { register, shapesOf } = await import('./tools.ts')
      const handler = createMcpHandler(() => {
        const server = new McpServer(info)
        register(server, shapesOf(tools, schemas))
        return server
      })
      return { fetch: handler.fetch, node: toNodeHandler(handler) }
    },
  },
  'server-2.x': {
    title: '@modelcontextprotocol/server 2.x',
    eras: BOTH,
    async serve({ tools, schemas }) {
      const { createMcpHandler, McpServer } = await import('@modelcontextprotocol/server')
      const { toNodeHandler } = await import('@modelcontextprotocol/node')
      const { objectsOf, register } = await import('./tools.ts')
      const handler = createMcpHandler(
        () => {
          const server = new McpServer(info)
          register(server, objectsOf(tools, schemas))
          return server
        },
        { maxSubscriptions: 100_000 },
      )
      const node = toNodeHandler(handler) as unknown as Served['node']
      return { fetch: handler.fetch, node: node!, notify: handler.notify.toolsChanged }
    },
  },
  'sdk-1.x': {
    title: '@modelcontextprotocol/sdk 1.x',
    eras: LEGACY,
    async serve({ tools, schemas }) {
      const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
      const { StreamableHTTPServerTransport: OnNode } = await import(
        '@modelcontextprotocol/sdk/server/streamableHttp.js'
      )
      const { WebStandardStreamableHTTPServerTransport: OnFetch } = await import(
        '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
      )
      const { register, shapesOf } = await import('./tools.ts')
      const connected = async <T>(transport: T): Promise<T> => {
        const server = new McpServer(info)
        register(server, shapesOf(tools, schemas))
        await server.connect(transport as never)
        return transport
      }
      const options = { enableJsonResponse: true }
      return {
        fetch: async (request) => (await connected(new OnFetch(options))).handleRequest(request),
        node: async (req, res) => (await connected(new OnNode(options))).handleRequest(req, res),
      }
    },
  },
  'mcp-handler': {
    title: 'mcp-handler',
    eras: BOTH,
    async serve({ tools, schemas }) {
      const { createMcpHandler } = await import('mcp-handler')
      const { getRequestListener } = await import('@hono/node-server')
      const { objectsOf, register } = await import('./tools.ts')
      const fetch = createMcpHandler((server) =>
        register(server, objectsOf(tools, schemas)),
      ) as Served['fetch']
      return { fetch: fetch!, node: getRequestListener(fetch!) }
    },
  },
  'hono-mcp': {
    title: '@hono/mcp',
    eras: LEGACY,
    async serve({ tools, schemas }) {
      const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
      const { StreamableHTTPTransport } = await import('@hono/mcp')
      const { Hono } = await import('hono')
      const { getRequestListener } = await import('@hono/node-server')
      const { register, shapesOf } = await import('./tools.ts')
      const app = new Hono()
      app.all('*', async (c) => {
        const server = new McpServer(info)
        register(server, shapesOf(tools, schemas))
        const transport = new StreamableHTTPTransport({ enableJsonResponse: true })
        await server.connect(transport as never)
        return (await transport.handleRequest(c as never)) as never
      })
      const fetch = (request: Request) => app.fetch(request)
      return { fetch, node: getRequestListener(fetch) }
    },
  },
  fastmcp: {
    title: 'fastmcp',
    eras: LEGACY,
    async serve({ tools }) {
      const { FastMCP } = await import('fastmcp')
      const { DESCRIPTION, echo, objectsOf, toolName } = await import('./tools.ts')
      const server = new FastMCP({ ...info, version: '1.0.0', logger: silent as never })
      objectsOf(tools, 'module').forEach((parameters, index) => {
        server.addTool({
          name: toolName(index),
          description: DESCRIPTION,
          parameters: parameters as never,
          execute: async (args) => (await echo(args as object)).content[0]!.text,
        })
      })
      return {
        listen: (port) =>
          server.start({
            transportType: 'httpStream',
            httpStream: { port, host: '127.0.0.1', stateless: true, enableJsonResponse: true },
          }),
      }
    },
  },
  ttoss: {
    title: '@ttoss/http-server-mcp',
    eras: LEGACY,
    async serve({ tools, schemas }) {
      const { App, bodyParser } = await import('@ttoss/http-server')
      const { createMcpRouter, McpServer } = await import('@ttoss/http-server-mcp')
      const { register, shapesOf } = await import('./tools.ts')
      const server = new McpServer(info)
      register(server, shapesOf(tools, schemas))
      const app = new App()
      app.use(bodyParser())
      app.use(createMcpRouter(server as never, { path: '/mcp' } as never).routes())
      return { node: app.callback() as Served['node'] & {} }
    },
  },
}

const quiet = () => {}
const silent = { debug: quiet, error: quiet, info: quiet, log: quiet, warn: quiet }
