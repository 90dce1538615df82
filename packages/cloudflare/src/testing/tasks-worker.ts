import { env } from 'cloudflare:workers'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { tasks } from '@portico-mcp/tasks'
import { z } from 'zod'
import { cloudflare } from '../index.ts'

const portico = cloudflare(env.PORTICO, { onerror: console.error })

function createServer(): McpServer {
  const server = new McpServer({ name: 'slow', version: '1.0.0' })
  server.registerTool('wait', { inputSchema: { ms: z.number() } }, async ({ ms }) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return { content: [{ type: 'text', text: `waited ${ms}` }] }
  })
  return server
}

export { PorticoObject } from '../index.ts'
export default createMcpHandler(createServer, {
  bus: portico.bus,
  extensions: [
    tasks({
      store: portico.taskStore,
      queue: portico.taskQueue(),
      tools: { wait: { support: 'required' } },
      keys: ['a secret of at least 32 characters'],
      leaseMs: 2000,
    }),
  ],
})
