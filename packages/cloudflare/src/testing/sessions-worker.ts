import { env } from 'cloudflare:workers'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { z } from 'zod'
import { cloudflare, cloudflareSessions } from '../index.ts'

const ISOLATE = Symbol.for('a name of this isolate')

/** Names this isolate. Workers offer no random numbers at module scope. */
const nameIsolate = (): string => {
  const scope = globalThis as { [ISOLATE]?: string }
  scope[ISOLATE] ??= crypto.randomUUID()
  return scope[ISOLATE]
}

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })

function createServer(): McpServer {
  const server = new McpServer({ name: 'isolates', version: '1.0.0' }, { capabilities: { logging: {} } })
  server.registerTool('who', {}, (extra) =>
    text(JSON.stringify([server.server.getClientVersion()?.name, nameIsolate(), extra.sessionId])),
  )
  server.registerTool('announce', {}, async () => {
    handler.notify.toolsChanged()
    return text('announced')
  })
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
    const { content } = await server.server.elicitInput({ message: 'Who?', requestedSchema })
    return text(`${content?.name} on ${nameIsolate()}`)
  })
  server.registerTool(
    'count',
    { inputSchema: { to: z.number(), pauseMs: z.number() } },
    async ({ to, pauseMs }, extra) => {
      for (let data = 1; data <= to; data++) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
      }
      return text(`counted to ${to}`)
    },
  )
  return server
}

let calls = 0

/** The objects, whose calls are counted. */
const counted: typeof env.PORTICO = {
  getByName(name) {
    calls++
    return env.PORTICO.getByName(name)
  },
}

const portico = cloudflare(counted)
let subscriptions = 0

/** The bus, which counts subscriptions. */
const bus: typeof portico.bus = {
  publish: (event) => portico.bus.publish(event),
  subscribe(listener) {
    subscriptions++
    const stop = portico.bus.subscribe(listener)
    return () => {
      subscriptions--
      stop()
    }
  },
}

const handler = createMcpHandler(createServer, {
  bus,
  legacy: cloudflareSessions(portico, { resumable: env.RESUMABLE ?? true }),
  // workerd notices that a client has left when it next writes to it
  keepAliveMs: 250,
})

/** Announces a change on /announce, counts on /calls and /subscriptions, and serves MCP everywhere else. */
const fetch: typeof handler.fetch = async (request, ...rest) => {
  const { pathname } = new URL(request.url)
  if (pathname === '/calls') return Response.json(calls)
  if (pathname === '/subscriptions') return Response.json(subscriptions)
  if (pathname !== '/announce') return handler.fetch(request, ...rest)
  handler.notify.toolsChanged()
  return new Response(null, { status: 204 })
}

export default { fetch }
