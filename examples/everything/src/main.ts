import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { type FetchHandler, toNodeHandler } from '@portico-mcp/node'
import { InMemoryEventStore, type SessionsOptions, sessions } from '@portico-mcp/sessions'
import { tasks } from '@portico-mcp/tasks'
import { createEverythingFactory } from './server.ts'
import { sharedOver } from './shared.ts'
import { library } from './skills.ts'
import { taskTools } from './tools/task.ts'

// with a Redis it is one of several nodes
const { REDIS_URL, TASKS_KEY } = process.env
const shared = REDIS_URL ? sharedOver(REDIS_URL) : undefined
const own: SessionsOptions = { eventStore: new InMemoryEventStore() }

const extension = tasks({
  tools: taskTools,
  store: shared?.tasks,
  // nodes that share tasks need the same key
  keys: TASKS_KEY ? [TASKS_KEY] : undefined,
})

const handler = createMcpHandler(createEverythingFactory(extension, library), {
  ...(shared && { bus: shared.bus }),
  legacy: sessions(shared?.sessions ?? own),
  extensions: [library, extension],
})

const site: FetchHandler = {
  fetch: (request, options) => {
    if (new URL(request.url).pathname !== '/mcp') return new Response('Not found', { status: 404 })
    return handler.fetch(request, options)
  },
}

const port = Number(process.env.PORT || 3000)
const listener = createServer(toNodeHandler(withGuard(site))).listen(port, '127.0.0.1', () => {
  const { port } = listener.address() as AddressInfo
  console.log(`Everything server at http://127.0.0.1:${port}/mcp`)
})

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  await shared?.close()
  listener.closeAllConnections()
}
