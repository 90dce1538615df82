// A process of the chaos test: `node` serves clients on a port, `worker` runs tasks.
import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { bullmqQueue } from '@portico-mcp/bullmq'
import { createMcpHandler, McpServer, once } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { RedisBus, RedisConnection, RedisTaskStore } from '@portico-mcp/redis'
import { taskOf, tasks } from '@portico-mcp/tasks'
import { createClient } from 'redis'
import { z } from 'zod'

const [, , role, port, url] = process.argv as string[] as [string, string, string, string, string]

const redis = new RedisConnection({ url })
const bus = new RedisBus(redis)
const effects = createClient({ url })
effects.on('error', () => {})
await effects.connect()

/** What a service outside does, which is told apart by its idempotency key. */
async function affect(taskId: string | undefined, name: string, idempotencyKey: string): Promise<string> {
  await effects.sAdd(`effect:${taskId}:${name}`, idempotencyKey)
  await effects.incr(`begun:${taskId}:${name}`)
  await sleep(Math.random() * 100)
  return idempotencyKey
}

const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }

function factory(): McpServer {
  const server = new McpServer({ name: 'chaos', version: '1.0.0' })
  server.registerTool('approve', { inputSchema: { number: z.number() } }, async ({ number }, extra) => {
    const taskId = taskOf(extra)?.id
    await once(extra, 'reserve', (key) => affect(taskId, 'reserve', key))
    const { content } = await server.server.elicitInput({ message: `Approve ${number}?`, requestedSchema })
    await sleep(Math.random() * 500)
    await once(extra, 'charge', (key) => affect(taskId, 'charge', key))
    return { content: [{ type: 'text', text: `${number} ${content?.name}` }] }
  })
  return server
}

const extension = tasks({
  store: new RedisTaskStore(redis),
  queue: bullmqQueue({
    connection: { url },
    stalledIntervalMs: 1000,
    maxStalls: 100,
    attempts: 10,
    backoff: 100,
  }),
  work: false,
  keys: ['a secret of 32 bytes for the test'],
  tools: { approve: { support: 'required' } },
  leaseMs: 1500,
})

if (role === 'worker') {
  extension.worker(factory, { bus, onerror: () => {} })
} else {
  const serve = toNodeHandler(createMcpHandler(factory, { bus, extensions: [extension], onerror: () => {} }))
  createServer((request: IncomingMessage & { auth?: unknown }, response) => {
    const user = String(request.headers['x-user'])
    request.auth = { token: user, clientId: user, scopes: [], extra: { sub: user } }
    serve(request as never, response)
  }).listen(Number(port), '127.0.0.1')
}
console.log('ready')
