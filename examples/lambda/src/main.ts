import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { announce } from '@portico-example/notes'
import { toNodeHandler } from '@portico-mcp/node'
import { functionUrl } from './function-url.ts'
import { notes } from './notes.ts'

const name = process.env.INVOKE_MODE === 'BUFFERED' ? 'buffered' : 'streaming'

const listener = createServer(toNodeHandler(functionUrl(name))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    announce(`Notes on Lambda, ${name},`, `http://127.0.0.1:${port}/mcp`)
  },
)

const answering = new Set<Promise<void>>()
listener.on('request', (_, response) => {
  const answered = new Promise<void>((resolve) => response.once('close', resolve))
  answering.add(answered)
  void answered.then(() => answering.delete(answered))
})

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  // the function runs in this process
  await notes.close()
  await Promise.all(answering)
  listener.closeAllConnections()
}
