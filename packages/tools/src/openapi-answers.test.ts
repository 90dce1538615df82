import { McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it } from 'vitest'
import { apiCall, type OpenApiToolsOptions, registerOpenApiTools } from './index.ts'
import { closeServers, listen } from './testing/api.ts'

afterEach(closeServers)

type Handler = (args: object, extra: { signal: AbortSignal }) => Promise<any>

const answering = (type: string | undefined, body: string | Buffer, status = 200, headers: object = {}) =>
  listen((_, response) => {
    response.writeHead(status, { ...(type && { 'content-type': type }), ...headers }).end(body)
  })

async function callAt(
  baseUrl: string,
  method = 'get',
  options: OpenApiToolsOptions = {},
  responses: object = {},
) {
  const document = {
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    paths: { '/x/y': { [method]: { operationId: 'op', responses } } },
  }
  const tools = await registerOpenApiTools(new McpServer({ name: 's', version: '1' }), document, {
    baseUrl,
    ...options,
  })
  return (tools.get('op')!.handler as unknown as Handler)({}, { signal: new AbortController().signal })
}

const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe, 13, 10])
const data = bytes.toString('base64')

describe('a tool answers', () => {
  it.each([
    ['image/png', { type: 'image', data, mimeType: 'image/png' }],
    ['image/jpeg; q=1', { type: 'image', data, mimeType: 'image/jpeg' }],
    ['audio/mpeg', { type: 'audio', data, mimeType: 'audio/mpeg' }],
    [
      'application/pdf',
      { type: 'resource', resource: { uri: 'api:///x/y', mimeType: 'application/pdf', blob: data } },
    ],
    [
      'application/vnd.acme',
      { type: 'resource', resource: { uri: 'api:///x/y', mimeType: 'application/vnd.acme', blob: data } },
    ],
    [
      undefined,
      { type: 'resource', resource: { uri: 'api:///x/y', mimeType: 'application/octet-stream', blob: data } },
    ],
  ])('bytes of %s undamaged', async (type, content) => {
    expect(await callAt(await answering(type, bytes))).toEqual({ content: [content] })
  })

  it.each([
    ['image/svg+xml', '<svg/>'],
    ['application/vnd.acme', 'text'],
    [undefined, 'text ü'],
    ['application/x-yaml', 'a: 1'],
  ])('text of %s as text', async (type, text) => {
    expect(await callAt(await answering(type, text))).toEqual({ content: [{ type: 'text', text }] })
  })

  it('JSON as it came, with its numbers', async () => {
    const text = '{ "id": 9007199254740993, "price": 1.10, "big": -12345678901234567890 }'
    const result = await callAt(await answering('application/json', text))
    expect(result).toEqual({ content: [{ type: 'text', text }] })
  })

  it.each([
    ['text/plain; charset=iso-8859-1', Buffer.from('Grüße', 'latin1')],
    ['text/html; charset="utf-16le"', Buffer.from('Grüße', 'utf16le')],
    ['application/xml;Charset=UTF-8', Buffer.from('Grüße')],
    ['text/plain; charset=unknown-8', Buffer.from('Grüße')],
  ])('text of %s by its charset', async (type, body) => {
    expect((await callAt(await answering(type, body))).content[0].text).toBe('Grüße')
  })

  it('where a thing was created', async () => {
    const origin = await answering(undefined, '', 201, { location: '/pets/7' })
    expect((await callAt(origin, 'post')).content[0].text).toBe('HTTP 201\nlocation: /pets/7')
    expect((await callAt(await answering(undefined, '', 201), 'post')).content[0].text).toBe('No content')
  })

  it('what HEAD is asked for', async () => {
    const headers = { etag: '"v1"', 'content-length': '5', 'set-cookie': 'secret=1' }
    const { content } = await callAt(await answering('text/plain', '', 200, headers), 'head')
    expect(content[0].text).toBe('HTTP 200\ncontent-type: text/plain\ncontent-length: 5\netag: "v1"')
  })

  it('what came of a stream of events that does not end', async () => {
    const origin = await listen((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      response.write('data: 2\n\n')
    })
    const result = await callAt(origin, 'get', { timeoutMs: 400 })
    expect(result).toEqual({ content: [{ type: 'text', text: 'data: 1\n\ndata: 2\n\n' }] })
    const much = await listen((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('x'.repeat(5000))
    })
    expect((await callAt(much, 'get', { maxResponseBytes: 100 })).content[0].text).toBe('x'.repeat(100))
  })

  it('an error of bytes in words', async () => {
    const result = await callAt(await answering('image/png', bytes, 404))
    expect(result).toEqual({ isError: true, content: [{ type: 'text', text: 'HTTP 404: Not Found' }] })
  })
})

describe('the types that a document names', () => {
  const json = { content: { 'application/json': {} } }
  it.each<[object, string]>([
    [{ 200: json }, 'application/json'],
    [
      {
        200: { content: { 'text/xml': {}, 'application/hal+json': {} } },
        404: { content: { 'text/html': {} } },
      },
      'application/hal+json, text/xml',
    ],
    [{ '2XX': { content: { '*/*': {}, 'image/png': {} } } }, 'image/png, */*'],
    [{ default: json, 201: { $ref: '#/none' } }, 'application/json'],
    [{}, '*/*'],
    [{ 200: { content: { 'bad\r\ntype': {} } } }, '*/*'],
  ])('are asked for: %j', async (responses, accept) => {
    let received: string | undefined
    const origin = await listen(({ headers }, response) => {
      received = headers.accept
      response.end()
    })
    await callAt(origin, 'get', {}, responses)
    expect(received).toBe(accept)
    await callAt(origin, 'get', { headers: { Accept: 'text/special' } }, responses)
    expect(received).toBe('text/special')
  })
})

describe('apiCall resolves to', () => {
  it('bytes of what is binary', async () => {
    const value = await apiCall('GET', await answering('application/zip', bytes))
    expect(value).toBeInstanceOf(Uint8Array)
    expect(Buffer.from(value as Uint8Array).equals(bytes)).toBe(true)
  })

  it.each([
    ['{"id":9007199254740993}', { id: '9007199254740993' }],
    ['[-9007199254740993,9007199254740991]', ['-9007199254740993', 9007199254740991]],
    ['{"text":"id 9007199254740993 \\" 1","n":1.5e300}', { text: 'id 9007199254740993 " 1', n: 1.5e300 }],
    ['{"9007199254740993":12345678901234567890}', { '9007199254740993': '12345678901234567890' }],
    ['0.12345678901234567890', 0.12345678901234568],
  ])('integers as they came: %s', async (text, value) => {
    expect(await apiCall('GET', await answering('application/json', text))).toEqual(value)
  })

  it('text by its charset', async () => {
    const origin = await answering('text/plain; charset=koi8-r', Buffer.from([0xc1]))
    expect(await apiCall('GET', origin)).toBe('а')
  })
})
