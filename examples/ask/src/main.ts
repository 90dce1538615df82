import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { orderCurl } from './curl.ts'
import { createShop } from './shop.ts'

const { STATE_KEY } = process.env

const handler = createMcpHandler(createShop, {
  requestState: STATE_KEY === undefined ? {} : { keys: [STATE_KEY] },
  onerror: (error) => console.error(error.message),
})

const listener = createServer(toNodeHandler(withGuard(handler))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/mcp`
    console.log(`A shop that asks at ${url}\n`)
    console.log(`An order, which is answered with a question and a sealed state:\n${orderCurl(url)}\n`)
  },
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
