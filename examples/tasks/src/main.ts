import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { tasks } from '@portico-mcp/tasks'
import { openJobs } from './jobs.ts'
import { createReports } from './server.ts'

const { SECTION_MS = '20000', STATE_KEY = 'an example: take 32 random bytes' } = process.env
const jobs = openJobs(process.env)

const handler = createMcpHandler(createReports(Number(SECTION_MS)), {
  requestState: { keys: [STATE_KEY] },
  extensions: [
    tasks({
      store: jobs.store,
      queue: jobs.queue,
      tools: { report: { support: 'required', pollIntervalMs: 500 } },
      leaseMs: 2000,
    }),
  ],
})

const listener = createServer(toNodeHandler(withGuard(handler))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    console.log(`Reports that survive a restart at http://127.0.0.1:${port}/mcp\n`)
    console.log(`Their tasks are in ${jobs.where}\n`)
  },
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  await jobs.close()
  listener.closeAllConnections()
}
