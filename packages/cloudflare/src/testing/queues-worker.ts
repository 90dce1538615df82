import { env } from 'cloudflare:workers'
import { createMcpHandler, McpServer, once } from '@portico-mcp/core'
import { tasks } from '@portico-mcp/tasks'
import { z } from 'zod'
import { cloudflare, type QueueBatch, type QueueProducer, queuesTaskQueue } from '../index.ts'

const portico = cloudflare(env.PORTICO, { onerror: console.error })
const { TASKS } = env as unknown as { TASKS: QueueProducer }
const queue = queuesTaskQueue(TASKS, { attempts: 2, retryDelayMs: 0 })
let failures = 0

function createServer(): McpServer {
  const server = new McpServer({ name: 'slow', version: '1.0.0' })
  server.registerTool('wait', { inputSchema: { ms: z.number() } }, async ({ ms }) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return { content: [{ type: 'text', text: `waited ${ms}` }] }
  })
  server.registerTool('ask', {}, async (extra) => {
    const first = await once(extra, 'count', () => ++failures)
    const { content } = await server.server.elicitInput({
      message: 'Name?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
    })
    return { content: [{ type: 'text', text: `${content?.name} ${first}` }] }
  })
  return server
}

const handler = createMcpHandler(createServer, {
  bus: portico.bus,
  extensions: [
    tasks({
      store: portico.taskStore,
      queue,
      tools: { '*': { support: 'required' } },
      keys: ['a secret of at least 32 characters'],
      leaseMs: 2000,
      waitMs: 100,
    }),
  ],
})

export { PorticoObject } from '../index.ts'
export default { fetch: handler.fetch, queue: (batch: QueueBatch) => queue.consume(batch) }
