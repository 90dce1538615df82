import { randomUUID } from 'node:crypto'
import type { SessionsOptions } from '@portico-mcp/sessions'
import type { Subject } from '../subjects.ts'
import type { Group } from './group.ts'
import { info, porticoFactory } from './portico.ts'
import { isInstalled, startRedis } from './processes.ts'
import { OBJECT_SESSIONS } from './runtimes.ts'

const eras = ['legacy'] as const
const load = 'sessions'

const withSessions = (title: string, options: () => Promise<SessionsOptions>): Subject => ({
  title,
  eras,
  load,
  async serve(work) {
    const { createMcpHandler } = await import('@portico-mcp/core')
    const { toNodeHandler } = await import('@portico-mcp/node')
    const { sessions } = await import('@portico-mcp/sessions')
    const legacy = sessions(await options())
    return { node: toNodeHandler(createMcpHandler(await porticoFactory(work), { legacy })) }
  },
})

const onRedis = (title: string, options: () => Promise<SessionsOptions>): Subject => ({
  ...withSessions(title, options),
  missing: () => (isInstalled('redis-server') ? undefined : 'redis-server is not installed'),
})

/** 2025-era sessions, of Portico and of the SDK. */
export const SESSION_SUBJECTS: Record<string, Subject> = {
  'session-memory': withSessions('a session in memory', async () => ({})),
  'session-redis': onRedis('a session on Redis', async () => {
    const { RedisConnection, RedisSessionStore } = await import('@portico-mcp/redis')
    return { store: new RedisSessionStore(new RedisConnection({ url: await startRedis() })) }
  }),
  'session-redis-all': onRedis('a session on Redis, with events and bus', async () => {
    const { RedisBus, RedisConnection, RedisEventStore, RedisSessionStore } = await import(
      '@portico-mcp/redis'
    )
    const redis = new RedisConnection({ url: await startRedis() })
    return {
      store: new RedisSessionStore(redis),
      eventStore: new RedisEventStore(redis),
      bus: new RedisBus(redis),
    }
  }),
  'session-objects': OBJECT_SESSIONS,
  'sdk-1.x-session': {
    title: '@modelcontextprotocol/sdk 1.x with sessions',
    eras,
    load,
    async serve({ tools, schemas }) {
      const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
      const { StreamableHTTPServerTransport } = await import(
        '@modelcontextprotocol/sdk/server/streamableHttp.js'
      )
      const { register, shapesOf } = await import('../tools.ts')
      const transports = new Map<string, InstanceType<typeof StreamableHTTPServerTransport>>()
      const open = async () => {
        const transport = new StreamableHTTPServerTransport({
          enableJsonResponse: true,
          sessionIdGenerator: randomUUID,
          onsessioninitialized: (id) => void transports.set(id, transport),
        })
        const server = new McpServer(info)
        register(server, shapesOf(tools, schemas))
        await server.connect(transport as never)
        return transport
      }
      return {
        node: async (req, res) => {
          const known = transports.get(String(req.headers['mcp-session-id']))
          await (known ?? (await open())).handleRequest(req, res)
        },
      }
    },
  },
}

/** What a session costs, beside that of the SDK's transport. */
export const SESSIONS: Group = {
  work: { method: 'tools/call', era: 'legacy', tools: 1, schemas: 'module' },
  rows: [
    { subject: 'portico' },
    { subject: 'session-memory', beside: 'sdk-1.x-session' },
    { subject: 'session-redis', beside: 'sdk-1.x-session' },
    { subject: 'session-redis-all', beside: 'sdk-1.x-session' },
    { subject: 'session-objects' },
    { subject: 'sdk-1.x-session' },
  ],
}
