import { createServer, type RequestListener, request } from 'node:http'
import { createServer as createHttp2Server, connect as http2Connect } from 'node:http2'
import { type AddressInfo, connect, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { toNodeHandler } from '@portico-mcp/node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { withGuard } from './index.ts'
import { mcp, PING } from './testing/requests.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const open = new Set<Server & { closeAllConnections?: () => void }>()
afterEach(() => {
  for (const server of open) {
    server.close()
    server.closeAllConnections?.()
  }
  open.clear()
})

async function portOf(server: Server): Promise<number> {
  open.add(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return (server.address() as AddressInfo).port
}

const json = { 'content-type': 'application/json' }

const post = (port: number, headers: Record<string, string>) =>
  new Promise<{ status: number; body: any }>((resolve, reject) => {
    const sent = request(
      { port, path: '/mcp', method: 'POST', headers: { ...json, ...headers } },
      async (response) => resolve({ status: response.statusCode!, body: JSON.parse(await text(response)) }),
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(PING))
  })

describe('on node:http', () => {
  const listener = () => createServer(toNodeHandler(withGuard(mcp())) as RequestListener)

  it('a page whose name was pointed here is refused', async () => {
    const port = await portOf(listener())
    const rebound = await post(port, { host: 'evil.example', origin: 'http://evil.example' })
    expect([rebound.status, rebound.body.error.data.reason]).toEqual([403, 'host-not-allowed'])
    const withPort = await post(port, { host: `evil.example:${port}`, origin: `http://evil.example:${port}` })
    expect(withPort.status).toBe(403)
    const crossSite = await post(port, { host: `localhost:${port}`, origin: 'http://evil.example' })
    expect([crossSite.status, crossSite.body.error.data.reason]).toEqual([403, 'origin-not-allowed'])
  })

  it.each(['localhost', '127.0.0.1', '[::1]'])('%s is served with its port', async (name) => {
    const port = await portOf(listener())
    const host = `${name}:${port}`
    expect((await post(port, { host, origin: `http://${host}` })).status).toBe(200)
  })

  it.each([
    ['POST /mcp HTTP/1.1|Host: localhost|Host: evil.example', 403],
    ['POST /mcp HTTP/1.1|Host: localhost, evil.example', 400],
    ['POST /mcp HTTP/1.1|Host: localhost@evil.example', 400],
    ['POST /mcp HTTP/1.1|Host: evil.example@localhost', 400],
    ['POST /mcp HTTP/1.1|Host: localhost/evil', 400],
    ['POST /mcp HTTP/1.1|Host: localhost#evil', 400],
    ['POST /mcp HTTP/1.1|Host:', 403],
    ['POST /mcp HTTP/1.1', 400],
    ['POST http://evil.example/mcp HTTP/1.1|Host: localhost', 403],
    ['POST http://localhost/mcp HTTP/1.1|Host: evil.example', 403],
    ['POST http://localhost@evil.example/mcp HTTP/1.1|Host: localhost', 403],
    ['POST http://localhost/mcp HTTP/1.1|Host: localhost', 200],
    ['POST //evil.example/mcp HTTP/1.1|Host: localhost', 200],
    ['POST /\\evil.example/mcp HTTP/1.1|Host: localhost', 400],
    ['POST /mcp HTTP/1.1|Host: localhost|Origin: http://localhost|Origin: http://evil.example', 403],
    ['POST /mcp HTTP/1.1|Host: localhost|Transfer-Encoding: chunked', 400],
    ['POST /mcp HTTP/1.1|Host: localhost|Content-Length: 1', 400],
    ['POST /mcp HTTP/1.1|Host: localhost|Expect: 100-continue', 200],
    ['GET /mcp HTTP/1.1|Host: localhost|Upgrade: websocket|Connection: upgrade', 405],
    ['GET /mcp HTTP/1.1|Host: evil.example|Upgrade: websocket|Connection: upgrade', 403],
    // no browser leaves Host out, so nobody rebinds a name by it
    ['POST /mcp HTTP/1.0', 200],
  ])('%s gets %i', async (head, status) => {
    const socket = connect(await portOf(listener()), '127.0.0.1')
    const body = JSON.stringify(PING)
    const lines = [...head.split('|'), 'Content-Type: application/json', 'Connection: close']
    socket.end([...lines, `Content-Length: ${body.length}`, '', body].join('\r\n'))
    const statuses = (await text(socket)).matchAll(/^HTTP\/1\.1 (?!100)(\d+) /gm)
    expect([...statuses].map(([, code]) => Number(code))).toEqual([status])
  })

  it('a request without Host is refused where this machine is not served', async () => {
    const handler = withGuard(mcp(), { allowedHosts: ['mcp.example.com'] })
    const socket = connect(await portOf(createServer(toNodeHandler(handler))), '127.0.0.1')
    socket.end('POST /mcp HTTP/1.0\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /)
  })

  it('a proxy that is trusted tells the client’s address, host and scheme; the body comes through', async () => {
    const inner = {
      fetch: async (request: Request, { clientAddress }: any) =>
        Response.json([request.url, clientAddress, await request.json()]),
    }
    const options = { publicUrl: 'https://mcp.example.com', trustProxy: ['127.0.0.0/8'] }
    const port = await portOf(createServer(toNodeHandler(withGuard(inner, options))))
    const { body } = await post(port, {
      host: 'internal',
      'x-forwarded-host': 'mcp.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.7',
    })
    expect(body).toEqual(['https://mcp.example.com/mcp', '203.0.113.7', PING])
  })
})

it('a client that leaves aborts the request, also past a trusted proxy', async () => {
  const aborted = vi.fn()
  const started = vi.fn()
  const inner = {
    fetch: (request: Request) => {
      request.signal.addEventListener('abort', aborted)
      started(request.url)
      return new Promise<Response>(() => {})
    },
  }
  const port = await portOf(createServer(toNodeHandler(withGuard(inner, { trustProxy: 1 }))))
  const sent = request({ port, method: 'POST', path: '/mcp', headers: { 'x-forwarded-proto': 'https' } })
  sent.on('error', () => {})
  sent.end('{}')
  await vi.waitFor(() => expect(started).toHaveBeenCalledWith(`https://localhost:${port}/mcp`))
  // Node forgets the signal of a Request that nobody holds
  collectGarbage()
  sent.destroy()
  await vi.waitFor(() => expect(aborted).toHaveBeenCalledTimes(1))
})

describe('on node:http2', () => {
  it.each<[Record<string, string>, number]>([
    [{ ':authority': 'localhost:3000' }, 200],
    [{ ':authority': '[::1]:3000' }, 200],
    [{ ':authority': 'localhost:3000', origin: 'http://localhost:3000' }, 200],
    [{ ':authority': 'evil.example' }, 403],
    [{ ':authority': 'localhost', origin: 'https://evil.example' }, 403],
    [{ ':authority': 'evil.example', host: 'localhost' }, 403],
    [{ ':authority': 'localhost', host: 'evil.example' }, 403],
  ])('%j gets %i', async (headers, status) => {
    const port = await portOf(createHttp2Server(toNodeHandler(withGuard(mcp())) as never) as never)
    const session = http2Connect(`http://127.0.0.1:${port}`)
    const stream = session.request({ ':method': 'POST', ':path': '/mcp', ...json, ...headers })
    stream.end(JSON.stringify(PING))
    const answered = await new Promise((resolve) => stream.on('response', (head) => resolve(head[':status'])))
    await text(stream)
    session.close()
    expect(answered).toBe(status)
  })
})
