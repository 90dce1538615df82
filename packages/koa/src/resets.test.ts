import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import Koa from 'koa'
import { expect, it, vi } from 'vitest'
import { toKoaHandler } from './index.ts'

const factory = () =>
  new McpServer({ name: 'quiet', version: '1.0.0' }, { capabilities: { tools: { listChanged: true } } })

async function listen(port: number): Promise<Socket> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'subscriptions/listen',
    params: { notifications: { toolsListChanged: true }, _meta: meta },
  })
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await once(socket, 'data')
  return socket
}

it('a client that resets its stream is no error of the app; what middleware throws is', async () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  const app = new Koa()
  app.use(async (ctx, next) => {
    if (ctx.path === '/broken') throw Object.assign(new Error('reset elsewhere'), { code: 'EOTHER' })
    await next()
  })
  app.use(toKoaHandler(createMcpHandler(factory)))
  const left = vi.fn()
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  server.on('connection', (socket) => socket.on('close', left))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  for (let count = 1; count <= 3; count++) {
    const socket = await listen(port)
    socket.resetAndDestroy()
    await vi.waitFor(() => expect(left).toHaveBeenCalledTimes(count))
  }
  expect(printed).not.toHaveBeenCalled()

  await fetch(`http://127.0.0.1:${port}/broken`)
  expect(printed).toHaveBeenCalledTimes(1)
  printed.mockRestore()
  server.closeAllConnections()
  server.close()
})
