import { env } from 'cloudflare:workers'
import { cloudflare, queuesTaskQueue } from '@portico-mcp/cloudflare'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { tasks } from '@portico-mcp/tasks'

const portico = cloudflare(env.PORTICO)
const queue = queuesTaskQueue(env.TASKS, { attempts: 3 })

const handler = createMcpHandler(() => new McpServer({ name: 'desk', version: '1.0.0' }), {
  bus: portico.bus,
  extensions: [tasks({ store: portico.taskStore, queue, keys: ['a secret of at least 32 characters'] })],
})

export { PorticoObject } from '@portico-mcp/cloudflare'
export default { fetch: handler.fetch, queue: (batch) => queue.consume(batch) }
