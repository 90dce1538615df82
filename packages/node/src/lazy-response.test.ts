import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { createMcpHandler, type McpHttpHandler } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type FetchHandler, toNodeHandler } from './index.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(handler: FetchHandler): Promise<string> {
  const server = createServer(toNodeHandler(handler) as RequestListener).listen(0, '127.0.0.1')
  closing.push(() => server.close().closeAllConnections())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

const news = (onerror?: (error: Error) => void): McpHttpHandler =>
  createMcpHandler(
    () => new Server({ name: 'news', version: '1' }, { capabilities: { tools: { listChanged: true } } }),
    { onerror },
  )

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

const request = (method: string, params: object = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'mcp-protocol-version': '2026-07-28', 'mcp-method': method },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: META } }),
})

const listen = request('subscriptions/listen', { notifications: { toolsListChanged: true } })

/** Parts in front that look at a response in different ways; none may change what the client gets. */
const FRONTS: [string, (response: Response) => Response][] = [
  ['nobody', (response) => response],
  ['who reads the status', (response) => (response.status === 200 ? response : Response.error())],
  ['who reads a header', (response) => (response.headers.has('content-type') ? response : Response.error())],
  ['who clones it', (response) => response.clone()],
  ['who wraps its body', (response) => new Response(response.body, response)],
]

describe.each(FRONTS)('behind %s', (_, look) => {
  const behind = (handler: McpHttpHandler): FetchHandler => ({
    fetch: async (request, options) => look(await handler.fetch(request, options)),
  })

  it('JSON arrives whole', async () => {
    const response = await fetch(await serve(behind(news())), request('server/discover'))
    expect(response).toBeInstanceOf(Response)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ id: 1, result: { resultType: 'complete' } })
  })

  it('events arrive one by one, and the stream ends with its result', async () => {
    const handler = news()
    const response = await fetch(await serve(behind(handler)), listen)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toContain('acknowledged')
    for (let change = 0; change < 3; change++) {
      handler.notify.toolsChanged()
      expect((await reader.read()).value).toContain('tools/list_changed')
    }
    await handler.close()
    let rest = ''
    for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value
    expect(rest).toContain('"result"')
  })

  it('a client that leaves is noticed', async () => {
    const handler = news()
    const client = new AbortController()
    const response = await fetch(await serve(behind(handler)), { ...listen, signal: client.signal })
    const reader = response.body!.getReader()
    await reader.read()
    client.abort()
    const bus = handler.bus as unknown as { listenerCount: number }
    await vi.waitFor(() => expect(bus.listenerCount).toBe(0))
  })

  it('a client that does not read is given up', async () => {
    const onerror = vi.fn()
    const handler = news(onerror)
    const url = await serve(behind(handler))
    const { method, headers, body } = listen
    const answer = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(url, { method: method!, headers: headers as Record<string, string> }, resolve).end(body)
    })
    closing.push(() => answer.destroy())
    const much = { kind: 'tools_list_changed', params: { _meta: { much: 'x'.repeat(10_000) } } } as const
    await vi.waitFor(
      async () => {
        for (let change = 0; change < 500; change++) handler.bus.publish(much)
        await new Promise((resolve) => setImmediate(resolve))
        expect(onerror).toHaveBeenCalled()
      },
      { timeout: 20_000, interval: 1 },
    )
    expect(String(onerror.mock.calls[0]![0])).toContain('too slowly')
  })
})
