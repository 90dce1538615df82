import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { createMcpFastifyApp, toFastifyHandler } from '@portico-mcp/fastify'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()), {
  onerror: (error) => console.error(error.message),
})

const app = createMcpFastifyApp()
app.all('/mcp', toFastifyHandler(handler))
app.get('/health', async () => ({ status: 'ok' }))

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const origin = await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
announce('Notes on Fastify', `${origin}/mcp`)

async function stop(): Promise<void> {
  await handler.close()
  await app.close()
}
