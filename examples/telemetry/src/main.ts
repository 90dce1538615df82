import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { trace } from '@opentelemetry/api'
import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { withTelemetry } from '@portico-mcp/telemetry'

const onerror = (error: Error): void => console.error(error.message)
const tracer = trace.getTracer('notes')

const handler = createMcpHandler(
  // what is done for a message hangs below its span
  () =>
    tracer.startActiveSpan('build the server', (span) => {
      const server = createNotesServer(() => handler.notify.resourcesChanged())
      span.end()
      return server
    }),
  { onerror },
)
const door = withTelemetry(withGuard(handler, { onerror }))

const listener = createServer(toNodeHandler(door, { onerror })).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    announce('Observed notes', `http://127.0.0.1:${port}/mcp`)
  },
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await door.close()
  listener.closeAllConnections()
}
