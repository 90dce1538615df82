import {
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
} from 'node:http'
import { createServer as createHttp2Server, connect as http2Connect } from 'node:http2'
import { type AddressInfo, type Server as NetServer, connect as netConnect } from 'node:net'
import { text } from 'node:stream/consumers'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import express from 'express'
import fastify from 'fastify'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type FetchHandler, type NodeHandler, toNodeHandler } from './index.ts'

const open = new Set<NetServer & { closeAllConnections?: () => void }>()
afterEach(() => {
  for (const server of open) {
    server.close()
    server.closeAllConnections?.()
  }
  open.clear()
})

async function listening(server: NetServer): Promise<string> {
  open.add(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

const serve = (listener: unknown): Promise<string> => listening(createServer(listener as RequestListener))

function notes() {
  return createMcpHandler(({ authInfo }) => {
    const server = new McpServer({ name: 'tested', version: '1' })
    server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text }) => ({
      content: [{ type: 'text', text }],
    }))
    server.registerTool('whoami', {}, async () => ({
      content: [{ type: 'text', text: authInfo?.clientId ?? 'anonymous' }],
    }))
    return server
  })
}

const call = (name: string, args: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })

async function post(url: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as any }
}

const echoes = async (url: string) =>
  expect((await post(url, call('echo', { text: 'hé' }))).body.result.content[0].text).toBe('hé')

describe('a handler is mounted', () => {
  it('on node:http', async () => echoes(await serve(toNodeHandler(notes()))))

  it('on node:http2', async () => {
    const url = await listening(createHttp2Server(toNodeHandler(notes()) as never))
    const session = http2Connect(url)
    const stream = session.request({ ':method': 'POST', ':path': '/mcp', 'content-type': 'application/json' })
    stream.end(call('echo', { text: 'over two' }))
    expect(JSON.parse(await text(stream))).toMatchObject({ result: { content: [{ text: 'over two' }] } })
    session.close()
  })

  it('on express, with and without a body parser in front', async () => {
    const handler = toNodeHandler(notes()) as never
    await echoes(await serve(express().use('/mcp', handler)))
    await echoes(await serve(express().use(express.json()).all('/mcp', handler)))
  })

  it('under a prefix, and sees the URL that the client called', async () => {
    const handler = toNodeHandler({ fetch: (request) => Response.json(request.url) }) as never
    const url = (await serve(express().use('/api', express.Router().all('/mcp', handler)))).replace(
      '/mcp',
      '',
    )
    expect((await post(`${url}/api/mcp?x=1`, '{}')).body).toBe(`${url}/api/mcp?x=1`)
  })

  it('behind a parser of another type, which leaves an empty body', async () => {
    const handler = toNodeHandler(notes()) as any
    await echoes(await serve((req: any, res: any) => handler(Object.assign(req, { body: {} }), res)))
    await echoes(await serve(express().use(express.urlencoded()).all('/mcp', handler)))
  })

  it('on fastify, after its own parser', async () => {
    const app = fastify()
    const handler = toNodeHandler(notes())
    app.all('/mcp', async (request, reply) => {
      reply.hijack()
      await handler(request.raw, reply.raw, request.body)
    })
    await app.ready()
    await echoes(await listening(app.server))
  })

  it('without replacing the globals', async () => {
    const { Request, Response } = globalThis
    await echoes(await serve(toNodeHandler(notes())))
    expect([globalThis.Request, globalThis.Response]).toEqual([Request, Response])
    expect(globalThis.Request).toBe(Request)
  })
})

describe('what a middleware in front knows', () => {
  it('as req.auth is the identity', async () => {
    const handler = toNodeHandler(notes())
    const url = await serve((req: IncomingMessage & { auth?: unknown }, res: never) => {
      req.auth = { token: 't', clientId: 'alice', scopes: [] }
      return handler(req, res)
    })
    expect((await post(url, call('whoami'))).body.result.content[0].text).toBe('alice')
  })

  it('in a header is nothing', async () => {
    const url = await serve(toNodeHandler(notes()))
    expect((await post(url, call('whoami'), { authorization: 'Bearer t' })).body.result.content[0].text).toBe(
      'anonymous',
    )
  })

  it('is joined by the address of the socket, whatever headers say', async () => {
    const fetch: FetchHandler['fetch'] = (_, options) => Response.json(options?.clientAddress)
    const { body } = await post(await serve(toNodeHandler({ fetch })), '{}', { 'x-forwarded-for': '6.6.6.6' })
    expect(body).toBe('127.0.0.1')
  })

  it('as a third argument is the body, unless it is a function', async () => {
    const handler = toNodeHandler(notes())
    const drained = (third: (req: IncomingMessage) => unknown) =>
      serve(async (req: IncomingMessage, res: never) => {
        const body = JSON.parse(await text(req))
        await handler(Object.assign(req, { body }), res, third(req))
      })
    await echoes(await drained(({ body }: any) => body))
    await echoes(await drained(() => () => {}))
  })

  it('as a third argument is the body, whatever a parser has left', async () => {
    const handler = toNodeHandler(notes())
    const url = await serve(async (req: IncomingMessage, res: never) => {
      const body = JSON.parse(await text(req))
      await handler(Object.assign(req, { body: Buffer.from('not JSON') }), res, body)
    })
    await echoes(url)
  })
})

describe('a request', () => {
  const seen = (inspect: (request: Request) => unknown): FetchHandler => ({
    fetch: async (request) => Response.json(await inspect(request)),
  })

  it('keeps its URL, method and duplicate headers', async () => {
    const url = await serve(
      toNodeHandler(
        seen(({ url, method, headers }) => [new URL(url).pathname, method, headers.get('x-twice')]),
      ),
    )
    const answer = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(
        `${url}/deep?x=1`,
        { method: 'PATCH', headers: ['Host', 'a', 'X-Twice', 'a', 'X-Twice', 'b'] as never },
        resolve,
      ).end()
    })
    expect(JSON.parse(await text(answer))).toEqual(['/mcp/deep', 'PATCH', 'a, b'])
  })

  it('after one that was refused unread is answered as well', async () => {
    const handler = createMcpHandler(() => new McpServer({ name: 'x', version: '1' }), {
      maxRequestBodySize: 1000,
    })
    const url = await serve(toNodeHandler(handler))
    const body = new Blob(['x'.repeat(5000)]).stream()
    const headers = { 'content-type': 'application/json' }
    const refused = await fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    expect([refused.status, refused.headers.get('connection')]).toEqual([413, 'keep-alive'])
    await refused.text()
    for (let next = 0; next < 3; next++) expect((await post(url, call('nope'))).status).toBe(200)
  })

  it('for HEAD is answered without a body', async () => {
    const url = await serve(toNodeHandler(notes()))
    const response = await fetch(url, { method: 'HEAD' })
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([405, 'POST', ''])
  })

  it.each([
    ['a target that is no path', 'POST nonsense HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a Host that is none', 'POST /mcp HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ])('with %s gets 400, and no hang', async (_, head) => {
    const onerror = vi.fn()
    const url = new URL(await serve(toNodeHandler(notes(), { onerror })))
    const socket = netConnect(Number(url.port), '127.0.0.1')
    socket.end(head.replace('\r\n\r\n', '\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'))
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400/)
  })

  it('that is too large is refused while it arrives', async () => {
    const handler = createMcpHandler(() => new McpServer({ name: 'x', version: '1' }), {
      maxRequestBodySize: 1000,
    })
    const url = await serve(toNodeHandler(handler))
    expect((await post(url, `{"pad":"${'x'.repeat(2000)}"}`)).status).toBe(413)
    const body = new ReadableStream({
      async pull(controller) {
        // The server, which runs in this process, gets its turn between two chunks.
        await new Promise(setImmediate)
        controller.enqueue(new TextEncoder().encode('x'.repeat(500)))
      },
    })
    const headers = { 'content-type': 'application/json' }
    const chunked = fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    // the client may still be sending when the server hangs up
    expect(
      await chunked.then(
        ({ status }) => status,
        () => 413,
      ),
    ).toBe(413)
  })
})

describe('a client that goes away', () => {
  it('aborts the request', async () => {
    const aborted = vi.fn()
    const started = vi.fn()
    const url = await serve(
      toNodeHandler({
        fetch: (request) => {
          request.signal.addEventListener('abort', aborted)
          started()
          return new Promise<never>(() => {})
        },
      }),
    )
    const client: ClientRequest = httpRequest(url, { method: 'POST' })
    client.on('error', () => {})
    client.end()
    await vi.waitFor(() => expect(started).toHaveBeenCalled())
    client.destroy()
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledTimes(1))
  })

  it('cancels a stream that it was reading', async () => {
    const cancelled = vi.fn()
    const url = await serve(
      toNodeHandler({
        fetch: () =>
          new Response(
            new ReadableStream({
              start: (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
              cancel: cancelled,
            }),
          ),
      }),
    )
    const client = new AbortController()
    const response = await fetch(url, { signal: client.signal })
    await response.body!.getReader().read()
    client.abort()
    await vi.waitFor(() => expect(cancelled).toHaveBeenCalledTimes(1))
  })
})

describe('a client that reads slowly', () => {
  it('makes the stream wait', async () => {
    let pulled = 0
    const url = await serve(
      toNodeHandler({
        fetch: () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                pulled++
                if (pulled <= 4000) controller.enqueue(new Uint8Array(64 * 1024))
                else controller.close()
              },
            }),
          ),
      }),
    )
    const socket = netConnect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET /mcp HTTP/1.1\r\nHost: a\r\n\r\n')
    await vi.waitFor(() => expect(pulled).toBeGreaterThan(1))
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(pulled).toBeLessThan(1000)
    socket.destroy()
  })
})

describe('a handler that throws', () => {
  it.each([
    [
      'at once',
      () => {
        throw new Error('password=hunter2')
      },
    ],
    ['later', () => Promise.reject(new Error('password=hunter2'))],
  ])('%s is answered 500 in JSON-RPC, masked, and reported', async (_, fetch) => {
    const onerror = vi.fn()
    const url = await serve(toNodeHandler({ fetch }, { onerror }))
    const { status, body } = await post(url, '{}')
    expect([status, body]).toEqual([
      500,
      { jsonrpc: '2.0', error: { code: -32603, message: 'Internal error' } },
    ])
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ message: 'password=hunter2' }))
  })

  it('after close() is answered 503', async () => {
    const handler = notes()
    const url = await serve(toNodeHandler(handler))
    await handler.close()
    expect((await post(url, call('echo'))).status).toBe(503)
  })

  it('is answered even if onerror throws', async () => {
    const onerror = () => {
      throw new Error('logger down')
    }
    const fetch = () => Promise.reject('text')
    expect((await post(await serve(toNodeHandler({ fetch }, { onerror })), '{}')).status).toBe(500)
  })

  it('in the middle of a stream ends the connection, and not the process', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let fail = () => {}
    const failing = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('data: x\n\n'))
        fail = () => controller.error(new Error('broke'))
      },
    })
    const response = await fetch(await serve(toNodeHandler({ fetch: () => new Response(failing) })))
    fail()
    await expect(response.text()).rejects.toThrow()
    vi.restoreAllMocks()
  })
})

it('takes what node:http gives', () => {
  const handler: NodeHandler = toNodeHandler(notes())
  expect(() => createServer(handler)).not.toThrow()
})

it('leaves a response alone that something in front has sent, and reports it', async () => {
  const onerror = vi.fn()
  const slow: FetchHandler = {
    fetch: async (_, options) => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      return (
        options?.responseWriter?.text('{}', {
          status: 200,
          headers: { 'content-type': 'application/json' },
        }) ?? new Response()
      )
    },
  }
  const listener = toNodeHandler(slow, { onerror })
  const server = createServer((req, res) => {
    res.writeHead(503).end('timeout')
    void listener(req, res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, {
    method: 'POST',
    body: '{}',
  })
  expect([response.status, await response.text()]).toEqual([503, 'timeout'])
  await vi.waitFor(() => expect(onerror).toHaveBeenCalled())
  server.closeAllConnections()
  server.close()
})

it('aborts a signal of HTTP/2 that is read after the client has reset the request', async () => {
  const steps = new EventTarget()
  const step = (type: string) =>
    new Promise<void>((resolve) => steps.addEventListener(type, () => resolve(), { once: true }))
  const [received, reset] = [step('received'), step('reset')]
  const aborted: boolean[] = []
  const late: FetchHandler = {
    fetch: async (request) => {
      await request.arrayBuffer()
      steps.dispatchEvent(new Event('received'))
      await reset
      aborted.push(request.signal.aborted)
      return new Response()
    },
  }
  const server = createHttp2Server(toNodeHandler(late))
  server.on('stream', (stream) => stream.on('close', () => steps.dispatchEvent(new Event('reset'))))
  const url = await listening(server)
  const session = http2Connect(new URL(url).origin)
  const stream = session.request({ ':method': 'POST', ':path': '/mcp', 'content-length': 2 })
  stream.on('error', () => {})
  stream.end('{}')
  await received
  stream.close(8)
  await vi.waitFor(() => expect(aborted).toEqual([true]))
  session.destroy()
})
