import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { InMemoryEventStore, sessions } from '@portico-mcp/sessions'
import { z } from 'zod'
import { serveDashboard } from './dashboards.ts'

const text = (text: string, isError = false) => ({ content: [{ type: 'text' as const, text }], isError })

function createBenchServer(): McpServer {
  const server = new McpServer({ name: 'bench', version: '1.0.0' }, { capabilities: { logging: {} } })
  const secret = { text: z.string(), password: z.string().optional() }
  server.registerTool('echo', { inputSchema: secret }, async ({ text: said }) => text(`said ${said}`))
  server.registerTool('divide', { inputSchema: { by: z.number() } }, async ({ by }) =>
    by === 0 ? text('cannot divide by 0', true) : text(`is ${100 / by}`),
  )
  server.registerTool('count', {}, async () => text('1, 2, 3'))
  server.registerTool('wait', {}, async ({ _meta, sendNotification, signal }) => {
    const params = { progressToken: _meta?.progressToken ?? 'none', progress: 1, total: 2 }
    await sendNotification({ method: 'notifications/progress', params })
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    return text('waited')
  })
  server.registerTool(
    'flood',
    { inputSchema: { lines: z.number().int().default(5000) } },
    async ({ lines }, { _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken
      for (let line = 0; line < lines; line++) {
        const level = line % 100 === 0 ? ('error' as const) : ('info' as const)
        await sendNotification({ method: 'notifications/message', params: { level, data: `line ${line}` } })
        if (progressToken === undefined || line % 5 !== 0) continue
        const params = { progressToken, progress: line / 5 + 1, total: lines / 5 }
        await sendNotification({ method: 'notifications/progress', params })
      }
      return text('flooded')
    },
  )
  server.registerTool('ask', {}, async () => {
    const { action, content } = await server.server.elicitInput({
      message: 'Which colour?',
      requestedSchema: { type: 'object', properties: { colour: { type: 'string' } }, required: ['colour'] },
    })
    return text(`${action} ${content?.colour}`)
  })
  for (const family of ['order', 'user']) {
    for (let number = 1; number <= 6; number++) {
      server.registerTool(`${family}_${number}`, {}, async () => text('done'))
    }
  }
  return server
}

/** A server for the workbench: tools that echo, fail, ask, wait and send many messages. */
export function serveBench({ withSessions = true } = {}): Promise<string> {
  if (!withSessions) return serveDashboard(() => createMcpHandler(createBenchServer))
  const legacy = sessions({ eventStore: new InMemoryEventStore() })
  return serveDashboard(
    () => createMcpHandler(createBenchServer, { legacy }),
    () => ({ sessions: legacy }),
  )
}
