import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { createMcpHonoApp, toHonoHandler } from '@portico-mcp/hono'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()), {
  onerror: (error) => console.error(error.message),
})

const app = createMcpHonoApp()
app.all('/mcp', toHonoHandler(handler))
app.get('/health', (context) => context.json({ status: 'ok' }))

const options = { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) }
const listener = serve(options, ({ port }) => {
  announce('Notes on Hono', `http://127.0.0.1:${port}/mcp`)
}) as Server

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
