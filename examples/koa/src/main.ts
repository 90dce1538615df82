import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpKoaApp } from '@portico-mcp/koa'
import { createMcpRouter } from '@portico-mcp/koa/router'

const router = createMcpRouter(() => createNotesServer(() => router.mcp.notify.resourcesChanged()), {
  onerror: (error) => console.error(error.message),
})

const health = new Router()
health.get('/health', (ctx) => {
  ctx.body = { status: 'ok' }
})

const app = createMcpKoaApp()
app.use(router.routes())
app.use(health.routes())

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const listener = createServer(app.callback())
listener.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const { port } = listener.address() as AddressInfo
  announce('Notes on Koa', `http://127.0.0.1:${port}/mcp`)
})

async function stop(): Promise<void> {
  listener.close()
  await router.mcp.close()
  listener.closeAllConnections()
}
