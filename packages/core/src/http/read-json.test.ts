import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { legacy, modern, post } from '../testing/requests.ts'
import { factoryOf, registerAll } from '../testing/server.ts'

const factory = vi.fn(factoryOf(registerAll))
const handler = createMcpHandler(factory, { maxRequestBodySize: 1000 })

async function refusal(request: Request, options?: { parsedBody: unknown }) {
  factory.mockClear()
  const response = await handler.fetch(request, options)
  expect(factory).not.toHaveBeenCalled()
  return { status: response.status, headers: response.headers, body: await response.json() }
}

describe('a method other than POST', () => {
  it.each(['GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'])(
    'answers 405 to %s and names POST',
    async (method) => {
      const response = await handler.fetch(new Request('http://localhost/mcp', { method }))
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('POST')
    },
  )

  it('answers with a JSON-RPC error that has no id', async () => {
    const { body } = await refusal(new Request('http://localhost/mcp'))
    expect(body).toEqual({ jsonrpc: '2.0', error: { code: -32600, message: 'Method not allowed' } })
  })
})

describe('a content type other than JSON', () => {
  it('answers 415 before reading the body', async () => {
    const request = post('{}', { 'content-type': 'text/plain' })
    expect(await refusal(request)).toMatchObject({ status: 415, body: { error: { code: -32600 } } })
    expect(request.bodyUsed).toBe(false)
  })

  it.each([undefined, 'application/jsonp', 'text/json', 'multipart/form-data; x=application/json'])(
    'answers 415 to %s',
    async (type) => {
      const request = new Request('http://localhost/mcp', {
        method: 'POST',
        body: new Uint8Array([123, 125]),
      })
      if (type) request.headers.set('content-type', type)
      expect((await refusal(request)).status).toBe(415)
    },
  )

  it('answers 415 even if a framework parsed the body', async () => {
    expect((await refusal(post('', { 'content-type': 'text/plain' }), { parsedBody: {} })).status).toBe(415)
  })

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', ' application/json ;charset=UTF-8'])(
    'takes %s',
    async (type) => {
      expect((await handler.fetch(modern('tools/list', { headers: { 'content-type': type } }))).status).toBe(
        200,
      )
    },
  )
})

describe('a body that is too large', () => {
  const tooLong = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list',
    params: { pad: 'x'.repeat(1000) },
  })

  it('answers 413 by Content-Length before reading the body', async () => {
    const request = post(tooLong, { 'content-length': String(tooLong.length) })
    expect(await refusal(request)).toMatchObject({ status: 413, body: { error: { code: -32600 } } })
    expect(request.bodyUsed).toBe(false)
  })

  it('answers 413 to a chunked body as soon as it is over the limit, and cancels the rest', async () => {
    const cancel = vi.fn()
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 400
        controller.enqueue(new TextEncoder().encode('x'.repeat(400)))
      },
      cancel,
    })
    const request = post('', {}, { body, duplex: 'half' } as RequestInit)
    expect((await refusal(request)).status).toBe(413)
    expect(cancel).toHaveBeenCalled()
    expect(sent).toBeLessThan(3000)
  })

  it('answers 413 when Content-Length lies', async () => {
    expect((await refusal(post(tooLong, { 'content-length': '10' }))).status).toBe(413)
  })

  it('counts a body that a framework parsed, with and without Content-Length', async () => {
    const parsedBody = JSON.parse(tooLong)
    expect((await refusal(post(''), { parsedBody })).status).toBe(413)
    expect((await refusal(post('', { 'content-length': '1100' }), { parsedBody })).status).toBe(413)
  })

  it('counts what a compressed body became', async () => {
    const request = post('', { 'content-length': '10', 'content-encoding': 'gzip' })
    expect((await refusal(request, { parsedBody: JSON.parse(tooLong) })).status).toBe(413)
  })

  it('counts bytes, not characters', async () => {
    const wide = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
      params: { pad: '€'.repeat(400) },
    })
    expect((await refusal(post(wide))).status).toBe(413)
  })

  it('takes a body of exactly the limit', async () => {
    const body = (pad: string) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping', params: { pad } })
    const exact = body('x'.repeat(1000 - body('').length))
    expect(exact.length).toBe(1000)
    expect((await handler.fetch(post(exact))).status).toBe(200)
    expect((await handler.fetch(post(`${exact} `))).status).toBe(413)
  })
})

describe('a body that is not JSON', () => {
  it.each(['', '{', 'nonsense', '{"jsonrpc":"2.0",}'])('answers 400 -32700 to %j', async (body) => {
    expect(await refusal(post(body))).toMatchObject({ status: 400, body: { error: { code: -32700 } } })
  })

  it('answers 400 -32700 to a POST without a body', async () => {
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    expect(await refusal(request)).toMatchObject({ status: 400, body: { error: { code: -32700 } } })
  })

  it('answers 400 -32700 to invalid UTF-8', async () => {
    const request = post('', {}, { body: new Uint8Array([0x22, 0xff, 0x22]) })
    expect(await refusal(request)).toMatchObject({ status: 400, body: { error: { code: -32700 } } })
  })

  it('answers 400 -32700 when the body breaks off', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) })
    const request = post('', {}, { body, duplex: 'half' } as RequestInit)
    expect(await refusal(request)).toMatchObject({ status: 400, body: { error: { code: -32700 } } })
  })

  it('says how to pass on a body that was read before', async () => {
    const request = modern('tools/list')
    await request.text()
    const { status, body } = await refusal(request)
    expect(status).toBe(500)
    expect(body.error.message).toMatch(/parsedBody/)
  })
})

describe('a client that leaves while its body arrives', () => {
  it('is no error', async () => {
    const onerror = vi.fn()
    const client = new AbortController()
    const body = new ReadableStream({
      start: (controller) =>
        client.signal.addEventListener('abort', () => controller.error(new Error('gone'))),
    })
    const request = post('', {}, { body, duplex: 'half', signal: client.signal } as RequestInit)
    const answer = createMcpHandler(factory, { onerror }).fetch(request)
    client.abort()
    expect((await answer).status).toBe(499)
    expect(onerror).not.toHaveBeenCalled()
  })
})

describe('a body that a framework parsed', () => {
  it('is served without reading the request', async () => {
    const request = modern('tools/list')
    const parsedBody = await request.clone().json()
    expect((await handler.fetch(request, { parsedBody })).status).toBe(200)
    expect(request.bodyUsed).toBe(false)
  })
})

describe('Accept', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/*', 'application/json'],
    ['application/json;q=0.1, text/event-stream;q=0.9', 'application/json'],
    ['text/event-stream', 'text/event-stream'],
    ['text/event-stream, application/json;q=0', 'text/event-stream'],
    ['text/*;q=0.5', 'text/event-stream'],
    ['*/*, application/json;q=0', 'text/event-stream'],
    ['application/json;q=nonsense', 'application/json'],
  ])('%s is answered in %s, in both eras', async (accept, type) => {
    for (const request of [
      modern('tools/list', { headers: { accept } }),
      legacy('tools/list', {}, { accept }),
    ]) {
      const response = await handler.fetch(request)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe(type)
    }
  })

  it('allows neither: JSON in 2026-07-28, 406 in the 2025 era', async () => {
    const headers = { accept: 'text/html' }
    expect((await handler.fetch(modern('tools/list', { headers }))).status).toBe(200)
    expect((await handler.fetch(legacy('tools/list', {}, headers))).status).toBe(406)
  })

  it('must name both types if strictAccept asks for it', async () => {
    const strict = createMcpHandler(factory, { strictAccept: true })
    const status = async (accept?: string) =>
      (await strict.fetch(modern('tools/list', { headers: { accept } }))).status
    expect(await status()).toBe(406)
    expect(await status('*/*')).toBe(406)
    expect(await status('application/json')).toBe(406)
    expect(await status('application/json, text/event-stream;q=0')).toBe(406)
    expect(await status('application/json, text/event-stream')).toBe(200)
  })
})
