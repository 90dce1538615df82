import type { AddressInfo } from 'node:net'
import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { createMcpExpressApp, toNodeHandler } from '@portico-mcp/express'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()), {
  onerror: (error) => console.error(error.message),
})

const app = createMcpExpressApp()
app.all('/mcp', toNodeHandler(handler))
app.get('/health', (_, res) => res.json({ status: 'ok' }))

const listener = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = listener.address() as AddressInfo
  announce('Notes on Express', `http://127.0.0.1:${port}/mcp`)
})

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
