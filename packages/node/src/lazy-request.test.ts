import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
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

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'tested', version: '1' })
  server.registerTool('hail', {}, async () => ({ content: [{ type: 'text', text: 'ave' }] }))
  return server
})

const CALL = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'hail' } }
const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(CALL) }

it('requests that come at once get each its own answer, also while somebody fakes timers', async () => {
  const url = await serve(handler)
  vi.useFakeTimers()
  try {
    const ids = Array.from({ length: 100 }, (_, index) => index)
    const answers = await Promise.all(
      ids.map(async (id) => (await fetch(url, { ...init, body: JSON.stringify({ ...CALL, id }) })).json()),
    )
    expect(answers).toEqual(
      ids.map((id) => ({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'ave' }] } })),
    )
  } finally {
    vi.useRealTimers()
  }
})

/** Parts in front that touch a request in different ways; none may change what is answered. */
const FRONTS: [string, (request: Request) => unknown][] = [
  ['who reads all headers', (request) => void [...request.headers]],
  ['who copies the headers', (request) => void new Headers(request.headers)],
  ['who watches the signal', (request) => request.signal.throwIfAborted()],
  ['who reads a clone', async (request) => expect(await request.clone().json()).toEqual(CALL)],
  ['who looks at the body', (request) => expect(request.body).toBeInstanceOf(ReadableStream)],
  ['who takes its time', () => new Promise((resolve) => setImmediate(resolve))],
]

it.each(FRONTS)('a request is answered behind somebody %s', async (_, touch) => {
  const url = await serve({
    fetch: async (request, options) => {
      expect(request).toBeInstanceOf(Request)
      await touch(request)
      return handler.fetch(request, options)
    },
  })
  const response = await fetch(url, init)
  expect(await response.json()).toMatchObject({ result: { content: [{ text: 'ave' }] } })
})

describe('a request', () => {
  const asking = async (ask: (request: Request) => unknown, headers: string[] = []) => {
    const url = await serve({ fetch: async (request) => Response.json(await ask(request)) })
    const head = ['Host', new URL(url).host, 'Content-Length', '11', ...headers]
    const answer = await new Promise<IncomingMessage>((resolve) =>
      httpRequest(url, { method: 'POST', headers: head as never }, resolve).end('{"ü":"a"} '),
    )
    return json(answer)
  }

  it('joins headers that come twice, whatever Node does with them', async () => {
    const seen = asking(
      ({ headers }) => [headers.get('Accept'), headers.get('referer'), headers.has('x')],
      ['accept', 'a/b', 'Accept', 'c/d', 'Referer', 'a', 'referer', 'b'],
    )
    expect(await seen).toEqual(['a/b, c/d', 'a, b', false])
  })

  it('gives its body once', async () => {
    const seen = await asking(async (request) => {
      const first = await request.json()
      const again = await request.text().catch(({ name }: Error) => name)
      const clone = await Promise.resolve(request)
        .then((used) => used.clone())
        .catch(({ name }: Error) => name)
      return [first, request.bodyUsed, again, clone]
    })
    expect(seen).toEqual([{ ü: 'a' }, true, 'TypeError', 'TypeError'])
  })

  it('leaves a body that nobody reads to Node, and the connection usable', async () => {
    const url = await serve({ fetch: () => Response.json(1) })
    const body = JSON.stringify({ pad: 'x'.repeat(200_000) })
    for (let turn = 0; turn < 3; turn++) expect(await (await fetch(url, { ...init, body })).json()).toBe(1)
  })
})
