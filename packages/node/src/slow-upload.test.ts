import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { uploadSlowly } from '@portico-example/testing/slow-upload'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it } from 'vitest'
import { toNodeHandler } from './index.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

async function listening(): Promise<string> {
  const handler = createMcpHandler(() => new McpServer({ name: 'tested', version: '1.0.0' }))
  server = createServer(toNodeHandler(handler))
  await new Promise<void>((up) => server?.listen(0, '127.0.0.1', up))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

const text = { 'content-type': 'text/plain' }

describe('a refused upload', () => {
  it.each([
    ['a body that says it is too large', 413, {}],
    ['a body that turns out to be too large', 413, { chunked: true }],
    ['another content type', 415, { headers: text }],
    ['another content type, of a length that is left open', 415, { chunked: true, headers: text }],
    ['a body that takes longer than half a second', 413, { gapMs: 20 }],
    ['another content type that takes longer than half a second', 415, { gapMs: 20, headers: text }],
    ['a body of an open length that takes longer', 413, { gapMs: 20, chunked: true }],
    [
      'another content type of an open length that takes longer',
      415,
      { gapMs: 20, chunked: true, headers: text },
    ],
  ])('is answered once it is written: %s', async (_, status, upload) => {
    expect(await uploadSlowly(await listening(), upload)).toBe(status)
  })

  it.each([
    ['POST', 'content-length: 1073741824'],
    ['POST', 'transfer-encoding: chunked'],
    ['GET', 'content-length: 1073741824'],
    ['HEAD', 'content-length: 1073741824'],
    ['DELETE', 'content-length: 1073741824'],
    ['GET', 'transfer-encoding: chunked'],
  ])('is not read without end: %s with %s', async (method, length) => {
    const { host, hostname, port } = new URL(await listening())
    const socket = connect(Number(port), hostname)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.write(`${method} /mcp HTTP/1.1\r\nhost: ${host}\r\ncontent-type: text/plain\r\n${length}\r\n\r\n`)
    const bytes = Buffer.alloc(1024 * 1024, ' ')
    const piece = length.includes('chunked')
      ? Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
      : bytes
    const write = (): void => void (socket.destroyed || socket.write(piece, write))
    write()
    socket.resume()
    await closed
    expect(socket.bytesWritten).toBeLessThan(1024 * 1024 * 1024)
  })
})
