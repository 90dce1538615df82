import { McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it } from 'vitest'
import { apiCall, type OpenApiToolsOptions, registerOpenApiTools } from './index.ts'
import { closeServers, json, listen, startApi } from './testing/api.ts'

afterEach(closeServers)

type Handler = (args: object, extra: { signal: AbortSignal }) => Promise<any>

/** What an API gets, as bytes. */
async function startBinaryApi() {
  const received: { type: string | undefined; body: Buffer; accept: string | undefined }[] = []
  const origin = await listen(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { 'content-type': type, accept } = request.headers
    received.push({ type, accept, body: Buffer.concat(chunks) })
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  return { origin, last: () => received.at(-1)! }
}

/** Sends a body by the content that a document describes. */
async function send(
  content: object,
  body: unknown,
  openapi = '3.0.3',
  options: OpenApiToolsOptions = {},
  item: object = {},
) {
  const api = await startBinaryApi()
  const document = {
    openapi,
    info: { title: 'T', version: '1' },
    paths: { '/x': { ...item, post: { operationId: 'op', requestBody: { content }, responses: {} } } },
  }
  const server = new McpServer({ name: 's', version: '1' })
  const tools = await registerOpenApiTools(server, document, { baseUrl: api.origin, ...options })
  await (tools.get('op')!.handler as unknown as Handler)({ body }, { signal: new AbortController().signal })
  return { ...api.last(), listed: (server.toolInputSchemaJson('op') as any).properties.body }
}

const form = ({ type, body }: { type: string | undefined; body: Buffer }) =>
  new Response(new Uint8Array(body), { headers: { 'content-type': type! } }).formData()

const base64 = (text: string) => Buffer.from(text, 'latin1').toString('base64')

describe('a body is encoded once', () => {
  it.each([
    ['*/*', { kind: 'Pod' }, '{"kind":"Pod"}', 'application/json'],
    ['application/*', { a: 1 }, '{"a":1}', 'application/json'],
    ['*/*', 'text', '"text"', 'application/json'],
    ['application/json', '{"a":1}', '"{\\"a\\":1}"', 'application/json'],
    ['application/json; charset=utf-8', [1], '[1]', 'application/json; charset=utf-8'],
    ['application/merge-patch+json', { a: null }, '{"a":null}', 'application/merge-patch+json'],
    ['application/xml', '<a>ü</a>', '<a>ü</a>', 'application/xml'],
    ['text/*', 'a', 'a', 'text/plain'],
    ['text/csv; header=present', 'a,b', 'a,b', 'text/csv; header=present'],
    ['application/x-ndjson', '{}\n{}', '{}\n{}', 'application/x-ndjson'],
  ])('as %s: %j', async (type, value, sent, contentType) => {
    const { body, type: received } = await send({ [type]: { schema: {} } }, value)
    expect([body.toString(), received]).toEqual([sent, contentType])
  })

  it('as JSON under a type of its own, where its schema is one of objects', async () => {
    const schema = { type: 'object', properties: { a: {} } }
    const { body, type } = await send({ 'application/vnd.acme.v1': { schema } }, { a: [1] })
    expect([body.toString(), type]).toEqual(['{"a":[1]}', 'application/vnd.acme.v1'])
  })
})

describe('a form', () => {
  const urlencoded = (properties: object, encoding: object, value: unknown) =>
    send({ 'application/x-www-form-urlencoded': { schema: { type: 'object', properties }, encoding } }, value)

  it.each<[string, object, unknown, string]>([
    [
      'deepObject',
      { card: { style: 'deepObject', explode: true } },
      { card: { a: { b: 1 } } },
      'card[a][b]=1',
    ],
    [
      'a list of deepObject',
      { card: { style: 'deepObject' } },
      { card: ['x', { y: 1 }] },
      'card[0]=x&card[1][y]=1',
    ],
    ['no explode', { card: { explode: false } }, { card: ['x', 'y'] }, 'card=x,y'],
    ['pipes', { card: { style: 'pipeDelimited', explode: false } }, { card: ['x', 'y'] }, 'card=x|y'],
    ['JSON', { card: { contentType: 'application/json' } }, { card: ['x'] }, 'card=["x"]'],
    ['nothing', {}, { card: [1, 2], more: { a: 1 }, none: null }, 'card=1&card=2&more={"a":1}'],
  ])('is encoded by %s', async (_, encoding, value, expected) => {
    const { body, type } = await urlencoded({ card: {} }, encoding, value)
    expect(type).toBe('application/x-www-form-urlencoded')
    expect(new URLSearchParams(body.toString()).toString()).toBe(new URLSearchParams(expected).toString())
  })

  it('is an object', async () => {
    await expect(urlencoded({}, {}, 'a=b')).rejects.toThrow('"body" must be an object')
  })
})

describe('a multipart form', () => {
  const file = { type: 'string', format: 'binary' }
  const schema = {
    allOf: [
      { type: 'object', properties: { photo: file, papers: { type: 'array', items: file } } },
      { $ref: '#/paths/~1x/post/requestBody/content/multipart~1form-data/x-more' },
    ],
  }
  const more = { properties: { note: { type: 'string' }, meta: { type: 'object' }, ids: { type: 'array' } } }
  const multipart = (value: unknown, encoding: object = {}) =>
    send({ 'multipart/form-data': { schema, encoding, 'x-more': more } }, value)

  it('has files with names, from base64', async () => {
    const answer = await multipart(
      { photo: base64('\x89PNG\r\n\x00ÿ'), papers: [base64('a'), base64('b')], note: 'é' },
      { photo: { contentType: 'image/png, image/jpeg' } },
    )
    const sent = await form(answer)
    const photo = sent.get('photo') as File
    expect([photo.name, photo.type, Buffer.from(await photo.arrayBuffer()).toString('latin1')]).toEqual([
      'photo.png',
      'image/png',
      '\x89PNG\r\n\x00ÿ',
    ])
    const papers = sent.getAll('papers') as File[]
    expect(papers.map(({ name, type }) => [name, type])).toEqual(
      Array(2).fill(['papers', 'application/octet-stream']),
    )
    expect(sent.get('note')).toBe('é')
    expect(answer.listed.$ref ?? answer.listed.allOf[0].properties.photo).toEqual({
      type: 'string',
      contentEncoding: 'base64',
    })
  })

  it('takes the name of a file from its neighbours, and the type from a data: URL', async () => {
    const answer = await multipart({
      photo: `data:image/gif;base64,${base64('GIF')}`,
      fileName: 'a"b\r\n.gif',
    })
    const head = answer.body.toString('latin1')
    expect(head).toContain('filename="a%22b%0D%0A.gif"\r\ncontent-type: image/gif\r\n\r\nGIF')
  })

  it('has fields that are no files, objects as JSON, and lists as several', async () => {
    const answer = await multipart({ meta: { a: 1 }, ids: [1, 2], note: 'x' })
    const text = answer.body.toString()
    expect(text).toContain('name="meta"\r\ncontent-type: application/json\r\n\r\n{"a":1}')
    expect(text).not.toContain('filename')
    const sent = await form(answer)
    expect([sent.getAll('ids'), sent.get('note')]).toEqual([['1', '2'], 'x'])
  })

  it.each([
    ['one that may be null', { anyOf: [file, { type: 'null' }] }, base64('a'), 1],
    [
      'a list that may be null',
      { anyOf: [{ type: 'array', items: file }, { type: 'null' }] },
      [base64('a')],
      1,
    ],
    [
      'a list by reference',
      { type: 'array', items: { $ref: '#/paths/~1x/x-file' } },
      [base64('a'), base64('b')],
      2,
    ],
    ['one in allOf', { allOf: [file], description: 'A photo' }, base64('a'), 1],
    ['bytes of 3.1', { type: 'string', contentMediaType: 'image/png' }, base64('a'), 1],
  ])('knows files that are described as %s', async (_, property, value, count) => {
    const schema = { type: 'object', properties: { upload: property } }
    const answer = await send(
      { 'multipart/form-data': { schema } },
      { upload: value },
      '3.1.0',
      {},
      { 'x-file': file },
    )
    const files = (await form(answer)).getAll('upload') as File[]
    expect(files).toHaveLength(count)
    expect(await files[0]!.text()).toBe('a')
  })

  it('is encoded by a style', async () => {
    const answer = await multipart({ meta: { a: 1 } }, { meta: { style: 'deepObject' } })
    expect((await form(answer)).get('meta[a]')).toBe('1')
  })

  it.each(['not base64!', 7, { a: 1 }])('refuses a file that is %j', async (photo) => {
    await expect(multipart({ photo })).rejects.toThrow('"photo" must be')
  })
})

describe('a binary body', () => {
  const bytes = '\x00\x01ÿ\r\n'

  it.each([
    ['application/octet-stream', { type: 'string', format: 'binary' }, 'application/octet-stream', '3.0.3'],
    ['image/png', { type: 'string', format: 'binary' }, 'image/png', '3.0.3'],
    ['application/zip', undefined, 'application/zip', '3.1.0'],
    ['image/*', { type: 'string', contentMediaType: 'image/*' }, 'application/octet-stream', '3.1.0'],
    ['*/*', { type: 'string', format: 'binary' }, 'application/octet-stream', '3.0.3'],
  ])('of %s is decoded', async (type, schema, contentType, openapi) => {
    const { body, type: sent, listed } = await send({ [type]: { schema } }, base64(bytes), openapi)
    expect([body.toString('latin1'), sent]).toEqual([bytes, contentType])
    expect(listed).toMatchObject({ type: 'string', contentEncoding: 'base64' })
  })

  it('may be in the alphabet of URLs, or in a data: URL', async () => {
    const content = { 'application/octet-stream': {} }
    expect((await send(content, '-_8')).body.toString('hex')).toBe('fbff')
    const { body, type } = await send(content, `data:image/png;base64,${base64(bytes)}`)
    expect([body.toString('latin1'), type]).toEqual([bytes, 'image/png'])
  })

  it.each(['häh', 'a', '====', { a: 1 }, ''.padEnd(70_000, 'a!')])(
    'that is not base64 is refused',
    async (value) => {
      await expect(send({ 'application/pdf': {} }, value)).rejects.toThrow('"body" must be')
    },
  )
})

describe('apiCall', () => {
  it.each([
    ['{"a":1}', '{"a":1}'],
    [' [1] ', ' [1] '],
    ['not json', '"not json"'],
    [{ a: 1 }, '{"a":1}'],
  ])('sends %j under a JSON type once', async (body, sent) => {
    const api = await startApi()
    await apiCall('POST', api.origin, { body, headers: { 'content-type': 'application/json' } })
    expect(api.last().body).toBe(sent)
  })

  const stream = () => new Blob(['streamed']).stream()

  it('sends a stream as it is, once', async () => {
    const api = await startApi(() => [503, { 'retry-after': '0' }])
    const options = {
      body: stream(),
      headers: { 'content-type': 'text/plain' },
      retry: { attempts: 2, anyMethod: true },
    }
    await expect(apiCall('PUT', api.origin, options)).rejects.toThrow('Service Unavailable')
    expect(api.received.map(({ body }) => body)).toEqual(['streamed'])
  })

  it('sends no stream on to a redirect', async () => {
    const api = await startApi(() => [307, { location: '/b' }])
    await expect(apiCall('PUT', api.origin, { body: stream() })).rejects.toThrow('stream')
    expect(api.received).toHaveLength(1)
  })

  it('says a method in upper case', async () => {
    const api = await startApi(() => json(1))
    await apiCall('patch', api.origin, { body: 1 })
    expect(api.last().method).toBe('PATCH')
  })
})
