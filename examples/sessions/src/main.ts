import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { InMemoryEventStore, sessions } from '@portico-mcp/sessions'
import { FileSessionStore } from '@portico-mcp/sessions/file'
import { sessionCurl } from './curl.ts'
import { createBakery } from './server.ts'

const folder = process.env.SESSIONS ?? join(tmpdir(), 'portico-example-sessions')

const handler = createMcpHandler(createBakery, {
  legacy: sessions({
    store: new FileSessionStore({ folder }),
    eventStore: new InMemoryEventStore(),
  }),
  onerror: (error) => console.error(error.message),
})

const listener = createServer(toNodeHandler(withGuard(handler))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/mcp`
    console.log(`A bakery that knows its clients at ${url}\n`)
    console.log(`Its sessions are in ${folder}, and survive it.\n`)
    console.log(`A session, a call in it, and its end:\n${sessionCurl(url)}\n`)
  },
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
