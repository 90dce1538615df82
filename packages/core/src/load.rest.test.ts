import { describe, expect, it } from 'vitest'
import { createMcpHandler } from './handler.ts'
import { McpServer } from './server/fast/mcp-server.ts'
import { messages, modern } from './testing/requests.ts'
import { factoryOf } from './testing/server.ts'

describe('a handler under load', () => {
  it('ends 5,000 open requests whose servers close themselves again', async () => {
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name: 'one of many', version: '1' })
      server.registerTool('wait', {}, () => new Promise<never>(() => {}))
      server.server.onclose = () => void server.close()
      return server
    })
    const answers = Array.from({ length: 5000 }, (_, id) =>
      handler.fetch(modern('tools/call', { id, params: { name: 'wait' } })),
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    await handler.close()
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(503)
  })

  it('carries 100,000 notifications that nobody waits for, in order', async () => {
    const handler = createMcpHandler(
      factoryOf((server) => {
        server.registerTool('flood', {}, async ({ sendNotification }) => {
          for (let progress = 1; progress <= 100_000; progress++) {
            void sendNotification({
              method: 'notifications/progress',
              params: { progressToken: 1, progress },
            })
          }
          return { content: [] }
        })
      }),
    )
    const response = await handler.fetch(
      modern('tools/call', { params: { name: 'flood' }, meta: { progressToken: 1 } }),
    )
    let last = 0
    for (const message of await messages(response)) {
      if ('method' in message) expect((message.params as { progress: number }).progress).toBe(++last)
    }
    expect(last).toBe(100_000)
  })
})
