import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import selfsigned from 'selfsigned'
import { describe, expect, it } from 'vitest'
import { serve } from './testing/serve.ts'

it('keeps connections open for longer than load balancers do', async () => {
  const { listener } = await serve()
  expect(listener.keepAliveTimeout).toBe(65_000)
  expect(listener.headersTimeout).toBeGreaterThan(listener.keepAliveTimeout)
})

it.each([
  [{ keepAliveTimeoutMs: 5000 }, 'timeout=5'],
  [{ keepAliveTimeoutMs: 620_000 }, 'timeout=620'],
  [{}, 'timeout=65'],
])('tells clients how long with %j', async (options, expected) => {
  const { url } = await serve(undefined, options)
  const response = await fetch(new URL('/health', url))
  expect(response.headers.get('keep-alive')).toBe(expected)
})

const begin = (...headers: string[]): string =>
  [
    'POST /mcp HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    ...headers,
  ].join('\r\n')

it.each([
  ['a body that stops', begin('Content-Length: 100', '', '{"json')],
  ['a body that does not begin', begin('Content-Length: 100', '', '')],
  ['a body in pieces that stops', begin('Transfer-Encoding: chunked', '', '5', '{"jso', '')],
  ['headers that stop', begin('X-Slow: ')],
])('ends a connection with %s', { timeout: 30_000 }, async (_, begun) => {
  const { port } = await serve(undefined, { receiveTimeoutMs: 300 })
  const socket = connect(port, '127.0.0.1')
  socket.write(begun)
  const [answer] = await Promise.all([text(socket), once(socket, 'close')])
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})

it('serves a request whose body arrives slowly, but in time', async () => {
  const { port } = await serve(undefined, { receiveTimeoutMs: 20_000 })
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
  const socket = connect(port, '127.0.0.1')
  socket.write(begin('Connection: close', `Content-Length: ${body.length}`, '', ''))
  for (const character of body) {
    socket.write(character)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /)
})

it.each([
  { keepAliveTimeoutMs: -1 },
  { keepAliveTimeoutMs: Number.NaN },
  { receiveTimeoutMs: 0 },
  { receiveTimeoutMs: 2 ** 31 },
])('refuses %j', async (options) => {
  await expect(serve(undefined, options)).rejects.toMatchObject({
    code: 'invalid-option',
    option: Object.keys(options)[0],
  })
})

describe('a stop', () => {
  const stopsSoon = async (options: object, open: (port: number) => Promise<Socket>) => {
    const { close, port } = await serve(undefined, { drainTimeoutMs: 300_000, ...options })
    const socket = await open(port)
    const closed = once(socket, 'close')
    // Node has to have accepted it.
    await fetch(`http://127.0.0.1:${port}/health`).then(
      (response) => response.text(),
      () => {},
    )
    await close()
    await closed
  }

  it('does not wait for a connection that was opened in advance', async () => {
    await stopsSoon({}, async (port) => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    })
  })

  it('does not wait for one over TLS', async () => {
    const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }])
    await stopsSoon({ tls: { key, cert } }, async (port) => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: cert, checkServerIdentity: () => undefined })
      await once(socket, 'secureConnect')
      socket.on('error', () => {})
      socket.resume()
      return socket
    })
  })

  it('does not wait for a client whose stream it has ended', async () => {
    await stopsSoon({ stateless: false }, async (port) => {
      const client = new Client({ name: 'c', version: '1.0.0' })
      await client.connect(
        new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)) as never,
      )
      await client.listTools()
      await client.close()
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    })
  })
})
