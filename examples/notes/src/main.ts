import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler } from '@portico-mcp/core'
import { guarded } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { announce } from './announce.ts'
import { createNotesServer } from './server.ts'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()), {
  onerror: (error) => console.error(error.message),
})

const listener = createServer(toNodeHandler(guarded(handler))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    announce('Notes', `http://127.0.0.1:${port}/mcp`)
  },
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
