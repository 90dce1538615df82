import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { toNodeHandler } from '@portico-mcp/node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { withTelemetry } from './index.ts'
import { collect } from './testing/collect.ts'
import { call, createTools, modern, post } from './testing/requests.ts'

let collected: ReturnType<typeof collect>
const tools = createTools({ maxRequestBodySize: 10_000, onerror: () => {} })
const handler = withTelemetry(tools, { maxRequestBodySize: 1000, toolNames: ['work', 'report', 'wait'] })
const server = createServer(toNodeHandler(handler))
let url: string

beforeAll(async () => {
  collected = collect()
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
})
afterEach(() => collected.reset())
afterAll(async () => {
  await handler.close()
  server.close()
  server.closeAllConnections()
})

/** Sends a request over the socket. */
const send = async ({ method, headers, body }: Request, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { method, headers, ...(body && { body: await new Response(body).text() }), ...init })

const open = () => collected.total('portico.server.streams.open', { 'portico.stream.kind': 'response' })
const ends = () => collected.spans().map(({ name, attributes }) => [name, attributes['error.type']])

describe('over a socket', () => {
  it('a call has a span, which is the parent of that of its tool', async () => {
    for (const request of [post(call('work')), modern('tools/call', { name: 'work', arguments: {} })]) {
      expect(await (await send(request)).json()).toHaveProperty('result')
      await vi.waitFor(() => expect(collected.spans()).toHaveLength(2))
      const { spanId } = collected.span('tools/call work').spanContext()
      expect(collected.span('inside').parentSpanContext?.spanId).toBe(spanId)
      collected.reset()
    }
  })

  it('a body without a length is read as well', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(JSON.stringify(call('work'))))
        controller.close()
      },
    })
    const response = await send(post(''), { body, duplex: 'half' } as RequestInit)
    expect(await response.json()).toHaveProperty('result')
    await vi.waitFor(() => expect(ends()).toContainEqual(['tools/call work', undefined]))
  })

  it('a stream is open until its result', async () => {
    const params = { name: 'report', arguments: {}, _meta: { progressToken: 1 } }
    const text = await (await send(modern('tools/call', params))).text()
    expect(text).toContain('notifications/progress')
    await vi.waitFor(() => expect(ends()).toEqual([['tools/call report', undefined]]))
    expect(await open()).toBe(0)
  })

  it('a client that leaves its stream ends the call', async () => {
    const leaving = new AbortController()
    const params = { name: 'wait', arguments: {}, _meta: { progressToken: 1 } }
    const response = await send(modern('tools/call', params), { signal: leaving.signal })
    await response.body!.getReader().read()
    expect(await open()).toBe(1)
    leaving.abort()
    await vi.waitFor(() => expect(ends()).toEqual([['tools/call wait', 'client-left']]))
    expect(await open()).toBe(0)
  })

  it.each([
    ['is larger than what telemetry reads', 2000, 200, undefined],
    ['is larger than what the handler reads', 20_000, 413, 'body-too-large'],
  ])('a body that %s reaches the handler whole', async (_, length, status, reason) => {
    const response = await send(post(call('work', { text: 'x'.repeat(length) })))
    expect(response.status).toBe(status)
    const text = await response.text()
    if (status === 200) expect(text).toContain('x'.repeat(length))
    else
      expect(await collected.total('portico.server.rejections', { 'portico.rejection.reason': reason })).toBe(
        1,
      )
    expect(ends().filter(([name]) => name !== 'inside')).toEqual([])
  })

  it('a body that is not JSON is refused by the handler', async () => {
    expect((await send(post('{"half'))).status).toBe(400)
    expect(collected.spans()).toEqual([])
  })

  it('a body that breaks off leaves no span, and the server serves on', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const head = ['POST /mcp HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
    const written = new Promise((resolve) =>
      socket.write(`${head.join('\r\n')}\r\nContent-Length: 100\r\n\r\n{"jsonrpc"`, resolve),
    )
    await written
    socket.destroy()
    expect((await send(post(call('work')))).status).toBe(200)
    await vi.waitFor(() => expect(ends()).toContainEqual(['tools/call work', undefined]))
  })
})
