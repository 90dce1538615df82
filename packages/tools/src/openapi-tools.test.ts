import { McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type OpenApiToolsOptions, registerOpenApiTools, runWithApi, withApi } from './index.ts'
import { closeServers, json, startApi } from './testing/api.ts'
import { connect, createToolHandler, pairs, readText } from './testing/clients.ts'

afterEach(closeServers)

const info = { title: 'Shop', version: '1.0.0' }
const ok = { responses: { 200: { description: 'ok' } } }

const document = {
  openapi: '3.0.3',
  info,
  security: [{ key: [] }, { token: [] }],
  paths: {
    '/shops/{shop}/items': {
      parameters: [{ $ref: '#/components/parameters/Shop' }],
      get: {
        operationId: 'listItems',
        summary: 'List items',
        description: 'List the items of a shop',
        tags: ['items'],
        parameters: [
          { name: 'tag', in: 'query', schema: { type: 'array', items: { type: 'string' } } },
          { name: 'filter', in: 'query', style: 'deepObject', schema: { type: 'object' } },
          { name: 'api_key', in: 'query', schema: { type: 'string' } },
          { name: 'Authorization', in: 'header', required: true, schema: { type: 'string' } },
          { name: 'X-Trace', in: 'header', schema: { type: 'string' } },
          { name: 'theme', in: 'cookie', schema: { type: 'string' } },
          { name: 'internal', in: 'query', schema: { type: 'string' }, 'x-mcp-exclude': true },
        ],
        ...ok,
      },
      post: {
        operationId: 'addItem',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } },
        },
        ...ok,
      },
    },
    '/shops/{shop}': {
      delete: { parameters: [{ $ref: '#/components/parameters/Shop' }], ...ok },
      put: { operationId: 'hidden', 'x-mcp-exclude': true, ...ok },
    },
    '/internal': { 'x-mcp-exclude': true, get: { operationId: 'internal', ...ok } },
  },
  components: {
    parameters: {
      Shop: { name: 'shop', in: 'path', required: true, description: 'Its id', schema: { type: 'string' } },
    },
    schemas: {
      Item: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', nullable: true },
          example: { type: 'integer', minimum: 0, exclusiveMinimum: true },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Item' } },
        },
      },
    },
    securitySchemes: {
      key: { type: 'apiKey', in: 'query', name: 'api_key' },
      token: { type: 'http', scheme: 'bearer' },
    },
  },
}

describe.each(pairs)('on the server class of %s, to a client of %s', (server, client) => {
  it('makes tools of operations, whose calls reach the API', async () => {
    const api = await startApi(({ method }) => (method === 'DELETE' ? [204, {}] : json({ done: method })))
    const handler = withApi(
      createToolHandler(server, (server) => registerOpenApiTools(server, document)),
      { apiBaseUrl: `${api.origin}/v1`, getApiHeaders: () => ({ authorization: 'Bearer of-the-caller' }) },
    )
    const connected = await connect(handler, client)
    const { tools } = await connected.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['listItems', 'addItem', 'delete_shops_shop'])
    expect(tools[0]).toMatchObject({
      title: 'List items',
      description: 'List the items of a shop',
      annotations: { readOnlyHint: true },
    })
    expect(tools[0]!.inputSchema).toEqual({
      type: 'object',
      properties: {
        shop: { type: 'string', description: 'Its id' },
        tag: { type: 'array', items: { type: 'string' } },
        filter: { type: 'object' },
        'X-Trace': { type: 'string' },
        theme: { type: 'string' },
      },
      required: ['shop'],
      additionalProperties: false,
    })
    expect(tools[1]!.inputSchema).toEqual({
      type: 'object',
      properties: { shop: { type: 'string', description: 'Its id' }, body: { $ref: '#/$defs/Item' } },
      required: ['shop', 'body'],
      additionalProperties: false,
      $defs: {
        Item: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: ['string', 'null'] },
            example: { type: 'integer', exclusiveMinimum: 0 },
            parts: { type: 'array', items: { $ref: '#/$defs/Item' } },
          },
        },
      },
    })

    const args = { shop: 'a/b', tag: ['x', 'y&z'], filter: { min: 1 }, 'X-Trace': 't', theme: 'dark' }
    const listed = await connected.callTool('listItems', args)
    expect(readText(listed)).toBe('{"done":"GET"}')
    const { url, headers } = api.last()
    expect(url).toBe('/v1/shops/a%2Fb/items?tag=x&tag=y%26z&filter%5Bmin%5D=1')
    expect(headers).toMatchObject({
      authorization: 'Bearer of-the-caller',
      'x-trace': 't',
      cookie: 'theme=dark',
    })

    const body = { name: null, parts: [{ name: 'screw' }] }
    await connected.callTool('addItem', { shop: 's', body })
    expect(api.last()).toMatchObject({ method: 'POST', url: '/v1/shops/s/items', body: JSON.stringify(body) })
    const wrong = { shop: 's', body: { name: 'x', parts: [{ name: 7 }] } }
    expect(await connected.callTool('addItem', wrong)).toMatchObject({ isError: true })
    const gone = await connected.callTool('delete_shops_shop', { shop: 's' })
    expect(readText(gone)).toBe('No content')
    expect(api.received).toHaveLength(3)
  })
})

type Handler = (args: object, extra: { signal: AbortSignal }) => Promise<any>

/** Registers, and calls without a client. */
async function tools(document: string | object, options?: OpenApiToolsOptions) {
  const registered = await registerOpenApiTools(new McpServer({ name: 's', version: '1' }), document, options)
  const call = (name: string, args: object = {}) =>
    (registered.get(name)!.handler as Handler)(args, { signal: new AbortController().signal })
  return { names: [...registered.keys()], call, registered }
}

const withPaths = (paths: object, more: object = {}) => ({ openapi: '3.1.0', info, paths, ...more })

const withParameter = (parameter: object, path = '/x') =>
  withPaths({ [path]: { get: { operationId: 'op', parameters: [{ schema: {}, ...parameter }], ...ok } } })

describe('a parameter', () => {
  const list = ['a', 'b c']
  const object = { r: 1, g: '2&' }
  const query = { name: 'p', in: 'query' }
  const path = { name: 'p', in: 'path', required: true }

  it.each<[object, unknown, string]>([
    [query, 'a b&c=ü', '/x?p=a%20b%26c%3D%C3%BC'],
    [query, true, '/x?p=true'],
    [query, 0, '/x?p=0'],
    [query, list, '/x?p=a&p=b%20c'],
    [query, object, '/x?r=1&g=2%26'],
    [{ ...query, explode: false }, list, '/x?p=a%2Cb%20c'],
    [{ ...query, explode: false }, object, '/x?p=r%2C1%2Cg%2C2%26'],
    [{ ...query, style: 'spaceDelimited' }, list, '/x?p=a%20b%20c'],
    [{ ...query, style: 'pipeDelimited' }, list, '/x?p=a%7Cb%20c'],
    [{ ...query, style: 'deepObject' }, { a: { b: [1, 2] } }, '/x?p%5Ba%5D%5Bb%5D=1&p%5Ba%5D%5Bb%5D=2'],
    [
      { ...query, schema: undefined, content: { 'application/json': { schema: {} } } },
      { a: [1] },
      '/x?p=%7B%22a%22%3A%5B1%5D%7D',
    ],
    [query, undefined, '/x'],
    [query, null, '/x'],
    [path, 'a/b?c#d', '/x/a%2Fb%3Fc%23d'],
    [path, list, '/x/a,b%20c'],
    [path, object, '/x/r,1,g,2%26'],
    [{ ...path, explode: true }, object, '/x/r=1,g=2%26'],
    [{ ...path, style: 'label' }, 'a', '/x/.a'],
    [{ ...path, style: 'label', explode: true }, list, '/x/.a.b%20c'],
    [{ ...path, style: 'matrix' }, 'a', '/x/;p=a'],
    [{ ...path, style: 'matrix', explode: true }, list, '/x/;p=a;p=b%20c'],
    [{ ...path, style: 'matrix', explode: true }, object, '/x/;r=1;g=2%26'],
    [{ ...path, style: 'matrix' }, list, '/x/;p=a,b%20c'],
  ])('%j of %j is sent as %s', async (parameter, p, url) => {
    const api = await startApi()
    const template = 'required' in parameter ? '/x/{p}' : '/x'
    const { call } = await tools(withParameter(parameter, template), { baseUrl: api.origin })
    await call('op', { p })
    expect(api.last().url).toBe(url)
  })

  it.each(['', '.', '..', undefined, []])('in the path is not %j', async (p) => {
    const api = await startApi()
    const { call } = await tools(withParameter(path, '/x/{p}'), { baseUrl: api.origin })
    await expect(call('op', { p })).rejects.toThrow('"p" must not be empty')
    expect(api.received).toEqual([])
  })

  it('must not build a way out of the base, of several either', async () => {
    const api = await startApi()
    const parameters = ['a', 'b'].map((name) => ({ ...path, name, schema: {} }))
    const paths = { '/x/{a}{b}/y': { get: { operationId: 'op', parameters, ...ok } } }
    const { call } = await tools(withPaths(paths), { baseUrl: api.origin })
    await expect(call('op', { a: '.', b: '.' })).rejects.toThrow()
    expect(api.received).toEqual([])
  })

  it.each(['../admin', '..\\admin', 'a/../../admin', '%2e%2e', '%2e%2e/admin', '..%2fadmin', '..;/admin'])(
    'in the path is refused where it leads out once it is decoded: %j',
    async (p) => {
      const api = await startApi()
      const { call } = await tools(withParameter(path, '/x/{p}'), { baseUrl: api.origin })
      await expect(call('op', { p })).rejects.toThrow('must not lead out')
      expect(api.received).toEqual([])
    },
  )

  it('of a header gives way to what the server sends itself, in whatever case', async () => {
    const api = await startApi()
    const inHeader = { in: 'header', schema: { type: 'string' } }
    const parameters = ['X-Tenant', 'x-team', 'x-trace'].map((name) => ({ ...inHeader, name }))
    const paths = { '/x': { get: { operationId: 'op', parameters, ...ok } } }
    const { call } = await tools(withPaths(paths), { headers: { 'X-Team': 'red' } })
    const args = { 'X-Tenant': 'theirs', 'x-team': 'blue', 'x-trace': '1' }
    for (const tenant of ['mine', undefined]) {
      const context = { apiBaseUrl: api.origin, headers: { 'x-tenant': tenant } }
      await runWithApi(context, () => call('op', args))
      expect(api.last().headers).toMatchObject({ 'x-team': 'red', 'x-trace': '1' })
      expect(api.last().headers['x-tenant']).toBe(tenant)
    }
  })

  it('that shares its name stands behind its place', async () => {
    const parameters = [
      { name: 'id', in: 'query', schema: {} },
      { name: 'id', in: 'path', required: true, schema: {} },
      { name: 'query_id', in: 'header', schema: {} },
      { name: 'body', in: 'query', schema: {} },
    ]
    const requestBody = { content: { 'application/json': { schema: {} } } }
    const api = await startApi()
    const { call, registered } = await tools(
      withPaths({ '/x/{id}': { post: { operationId: 'op', parameters, requestBody, ...ok } } }),
      { baseUrl: api.origin },
    )
    expect(registered.size).toBe(1)
    await call('op', { id: 1, query_id: 2, header_query_id: 3, body: 4, request_body: 5 })
    expect(api.last()).toMatchObject({ url: '/x/1?id=2&body=4', body: '5', headers: { query_id: '3' } })
  })

  it('of the operation wins over that of the path', async () => {
    const api = await startApi()
    const parameters = [{ name: 'p', in: 'query', style: 'deepObject', schema: {} }]
    const own = [{ name: 'p', in: 'query', explode: false, schema: {} }]
    const { call } = await tools(
      withPaths({ '/x': { parameters, get: { operationId: 'op', parameters: own, ...ok } } }),
      { baseUrl: api.origin },
    )
    await call('op', { p: ['a', 'b'] })
    expect(api.last().url).toBe('/x?p=a%2Cb')
  })
})

describe('a body', () => {
  const sent = async (type: string, body: unknown) => {
    const api = await startApi()
    const requestBody = { content: { 'application/xml': {}, [type]: { schema: {} } } }
    const document = withPaths({ '/x': { post: { operationId: 'op', requestBody, ...ok } } })
    const { call } = await tools(document, { baseUrl: api.origin })
    await call('op', { body })
    return api.last()
  }

  it.each([
    ['application/json', { a: [1] }, '{"a":[1]}', /^application\/json$/],
    ['application/merge-patch+json', { a: 1 }, '{"a":1}', /^application\/merge-patch\+json$/],
    [
      'application/x-www-form-urlencoded',
      { a: 'x y', b: [1, 2] },
      'a=x+y&b=1&b=2',
      /^application\/x-www-form-urlencoded/,
    ],
    ['text/plain', 'hello', 'hello', /^text\/plain$/],
  ])('of %s', async (type, body, text, contentType) => {
    const { body: received, headers } = await sent(type, body)
    expect(received).toBe(text)
    expect(headers['content-type']).toMatch(contentType)
  })

  it('has no member that the document keeps for the server, be it sent or not', async () => {
    const api = await startApi()
    const kept = { type: 'string', 'x-mcp-exclude': true }
    const schema = {
      type: 'object',
      required: ['name', 'tenant'],
      properties: { name: { type: 'string' }, tenant: kept, 'x-mcp-exclude': { type: 'string' } },
    }
    const requestBody = { required: true, content: { 'application/json': { schema } } }
    const paths = { '/x': { post: { operationId: 'op', requestBody, ...ok } } }
    const handler = createToolHandler('Portico', (server) =>
      registerOpenApiTools(server, withPaths(paths), { baseUrl: api.origin }),
    )
    const connected = await connect(handler, '1.x')
    const body = { name: 'a', 'x-mcp-exclude': 'b' }
    expect(readText(await connected.callTool('op', { body }))).toBe('{}')
    expect(JSON.parse(api.last().body)).toEqual(body)
    const refused = await connected.callTool('op', { body: { name: 'a', tenant: 'theirs' } })
    expect(refused.isError).toBe(true)
    expect(api.received).toHaveLength(1)
  })

  it('of multipart/form-data', async () => {
    const { body, headers } = await sent('multipart/form-data', { a: 'x', b: { c: 1 } })
    const form = await new Response(body, {
      headers: { 'content-type': headers['content-type']! },
    }).formData()
    expect(Object.fromEntries(form)).toEqual({ a: 'x', b: '{"c":1}' })
  })

  it('may be left out', async () => {
    const { body, headers } = await sent('application/json', undefined)
    expect([body, headers['content-type']]).toEqual(['', undefined])
  })
})

describe('where an operation is', () => {
  const servers = [{ url: 'https://{region}.example.com/v1', variables: { region: { default: 'eu' } } }]
  const paths = { '/x': { get: { operationId: 'op', ...ok } } }

  it('is said by baseUrl first', async () => {
    const api = await startApi()
    const { call } = await tools(withPaths(paths, { servers }), { baseUrl: `${api.origin}/base` })
    await call('op')
    expect(api.last().url).toBe('/base/x')
  })

  it('is said by the nearest server of the document, with its defaults', async () => {
    const api = await startApi()
    const own = [{ url: '{origin}/own', variables: { origin: { default: api.origin } } }]
    const { call } = await tools(
      withPaths({ '/x': { get: { operationId: 'op', servers: own, ...ok } } }, { servers }),
    )
    await runWithApi({ apiBaseUrl: 'https://elsewhere.example.com', headers: { 'x-secret': 's' } }, () =>
      call('op'),
    )
    expect(api.last().url).toBe('/own/x')
    expect(api.last().headers).not.toHaveProperty('x-secret')
  })

  it('is said by the context, without any', async () => {
    const api = await startApi()
    const { call } = await tools(withPaths(paths))
    await runWithApi({ apiBaseUrl: `${api.origin}/ctx` }, () => call('op'))
    expect(api.last().url).toBe('/ctx/x')
    await expect(call('op')).rejects.toThrow('apiBaseUrl')
  })

  it.each([
    ['/v1'],
    [''],
    ['./'],
    ['v1'],
    ['/'],
    ['{scheme}://api.example.com'],
    ['https://{region}.example.com'],
  ])('is said by the context where the document names %j', async (url) => {
    const api = await startApi()
    const { call } = await tools(withPaths(paths, { servers: [{ url }] }))
    await runWithApi({ apiBaseUrl: `${api.origin}/ctx` }, () => call('op'))
    expect(api.last().url).toBe('/ctx/x')
    await expect(call('op')).rejects.toThrow('apiBaseUrl')
  })

  it.each([['//127.0.0.1:PORT/v2'], ['http://{host}:PORT/v2'], ['{origin}/v2']])(
    'is said by %s, with the scheme of the context or defaults',
    async (url) => {
      const api = await startApi()
      const { port } = new URL(api.origin)
      const variables = { host: { enum: ['127.0.0.1', 'other'] }, origin: { default: api.origin } }
      const document = withPaths(paths, {
        servers: [{ url: '/relative' }, { url: url.replace('PORT', port), variables }],
      })
      const { call } = await tools(document)
      await runWithApi({ apiBaseUrl: 'http://localhost:1' }, () => call('op'))
      expect(api.last().url).toBe('/v2/x')
    },
  )

  it('leaves out an operation whose server has credentials, and says so', async () => {
    const own = [{ url: 'https://user:secret@api.example.com' }]
    const problems: string[] = []
    const { names } = await tools(
      withPaths({ ...paths, '/y': { get: { operationId: 'other', servers: own, ...ok } } }),
      { onerror: ({ message }) => problems.push(message) },
    )
    expect(names).toEqual(['op'])
    expect(problems).toEqual([expect.stringContaining('GET /y is left out: The server')])
  })
})

describe('an answer', () => {
  it('that is not 2xx is a tool error with what the API said', async () => {
    const api = await startApi(() => json({ detail: 'no such pet' }, 404))
    const { call } = await tools(withParameter({ name: 'p', in: 'query' }), { baseUrl: api.origin })
    expect(await call('op')).toEqual({
      isError: true,
      content: [{ type: 'text', text: 'HTTP 404: {"detail":"no such pet"}' }],
    })
  })

  it('is waited for, asked for again, and measured as told', async () => {
    let left = 1
    const api = await startApi(() => (left-- > 0 ? [503, { 'retry-after': '0' }] : json('x'.repeat(100))))
    const options = { baseUrl: api.origin, retry: 1, maxResponseBytes: 50, headers: { 'x-service': 's' } }
    const { call } = await tools(withParameter({ name: 'p', in: 'query' }), options)
    await expect(call('op')).rejects.toThrow('more than 50 bytes')
    expect(api.received.map(({ headers }) => headers['x-service'])).toEqual(['s', 's'])
  })
})

describe('operations', () => {
  const paths = {
    '/a': { get: { operationId: 'getA', tags: ['one'], ...ok }, post: { operationId: 'getA', ...ok } },
    '/b/{id}': { get: { parameters: [{ name: 'id', in: 'path', required: true, schema: {} }], ...ok } },
    '/c': { get: { operationId: 'ein schöner/Name!', ...ok } },
  }

  it('have names that clients take, each its own', async () => {
    const { names } = await tools(withPaths(paths))
    expect(names).toEqual(['getA', 'getA_2', 'get_b_id', 'ein_sch_ner_Name'])
  })

  it.each<[OpenApiToolsOptions, string[]]>([
    [{ include: ['getA'] }, ['getA', 'getA_2']],
    [{ include: ['GET /a', 'GET /b/{id}'] }, ['getA', 'get_b_id']],
    [{ exclude: ({ method }) => method !== 'POST' }, ['getA']],
    [{ include: ({ tags }) => tags.includes('one') }, ['getA']],
    [{ include: ['getA'], exclude: ['POST /a'], toolName: ({ path }) => `call${path}` }, ['call_a']],
  ])('are chosen by %j', async (options, names) => {
    expect((await tools(withPaths(paths), options)).names).toEqual(names)
  })

  it('of what is excluded are not even read', async () => {
    const broken = { get: { operationId: 'broken', parameters: [{ $ref: 'other.yaml#/x' }], ...ok } }
    expect((await tools(withPaths({ ...paths, '/z': broken }), { exclude: ['broken'] })).names).toHaveLength(
      4,
    )
    const problems: string[] = []
    const onerror = ({ message }: Error) => void problems.push(message)
    expect((await tools(withPaths({ ...paths, '/z': broken }), { onerror })).names).toHaveLength(4)
    expect(problems).toEqual([expect.stringMatching(/GET \/z is left out: other\.yaml.*nothing is fetched/)])
  })
})

const id = { name: 'id', in: 'path', required: true, schema: {} }
const json3 = (schema: object) => ({ content: { 'application/json': { schema } } })

describe('a document', () => {
  it('may be text, in JSON or YAML', async () => {
    const yaml =
      'openapi: 3.1.0\ninfo: { title: A, version: "1" }\npaths:\n  /x:\n    get:\n      operationId: op\n'
    expect((await tools(yaml)).names).toEqual(['op'])
    expect((await tools(JSON.stringify(document))).names).toHaveLength(3)
  })

  it('stays as it is, and is read once', async () => {
    const before = JSON.stringify(document)
    const [first, second] = [await tools(document), await tools(document)]
    expect(JSON.stringify(document)).toBe(before)
    expect(first.registered.get('addItem')!.inputSchema).toBe(second.registered.get('addItem')!.inputSchema)
  })

  const loop: Record<string, unknown> = { openapi: '3.1.0', info, paths: {} }
  loop['x-self'] = loop
  const schema = (schema: unknown) => withParameter({ name: 'p', in: 'query', schema })

  it.each<[string, string | object, RegExp]>([
    [
      'of Swagger 2',
      { swagger: '2.0', info, paths: {} },
      /^registerOpenApiTools: document must be .* \(got version "2\.0"\)$/,
    ],
    [
      'of a later version',
      { openapi: '4.0.0', info, paths: {} },
      /^registerOpenApiTools: document must be an OpenAPI document of 3\.0 or 3\.1/,
    ],
    ['that is none', 'hello', /^registerOpenApiTools: document must be an OpenAPI document of 3\.0 or 3\.1/],
    ['that is nothing', {}, /^registerOpenApiTools: document must be an OpenAPI document of 3\.0 or 3\.1/],
    ['that contains itself', loop, /contains itself/],
  ])('%s is refused', async (_, document, message) => {
    await expect(tools(document)).rejects.toThrow(TypeError)
    await expect(tools(document)).rejects.toThrow(message)
  })

  it.each<[string, object, RegExp]>([
    [
      'of the network',
      { get: { parameters: [{ $ref: 'https://example.com/x.json' }], ...ok } },
      /nothing is fetched/,
    ],
    [
      'with a missing part',
      { parameters: [id], post: { requestBody: json3({ $ref: '#/components/schemas/None' }), ...ok } },
      /not in the document/,
    ],
    [
      'behind a missing part',
      { parameters: [id], post: { requestBody: json3({ $ref: '#/components/schemas/Broken' }), ...ok } },
      /not in the document/,
    ],
    ['with a loop', { $ref: '#/paths/~1bad~1{id}' }, /without end/],
    [
      'with a loop of schemas',
      { parameters: [id], post: { requestBody: json3({ $ref: '#/components/schemas/Loop' }), ...ok } },
      /without end/,
    ],
    ['with an unknown path parameter', { get: ok }, /no path parameter "id"/],
  ])('leaves out an operation %s, and says so once', async (_, item, message) => {
    const schemas = {
      Broken: { properties: { a: { $ref: '#/components/schemas/None' } } },
      Loop: { $ref: '#/components/schemas/Loop' },
    }
    const paths = { '/bad/{id}': item, '/good': { get: { operationId: 'good', ...ok } } }
    const document = withPaths(paths, { components: { schemas } })
    const problems: Error[] = []
    const onerror = (problem: Error) => void problems.push(problem)
    for (let turn = 0; turn < 2; turn++) expect((await tools(document, { onerror })).names).toEqual(['good'])
    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(message)])
    expect(problems[0]!.message).toMatch(/\/bad\/\{id\}/)
  })

  it('is told about on the console where nobody listens', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const paths = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`/x${n}/{id}`, { get: ok }]))
    await tools(withPaths(paths))
    expect(warn).toHaveBeenCalledTimes(21)
    expect(warn.mock.calls[0]![0]).toMatch(/^registerOpenApiTools: GET \/x0\/\{id\} is left out/)
    warn.mockRestore()
  })

  it('may refer to any of its parts, and name them alike', async () => {
    const components = {
      schemas: { A: { type: 'string' } },
      parameters: { A: { name: 'a', in: 'query', schema: { type: 'integer' } } },
      'x-more': { A: { type: 'boolean' } },
    }
    const anyOf = ['schemas/A', 'parameters/A/schema', 'x-more/A'].map((part) => ({
      $ref: `#/components/${part}`,
    }))
    const server = new McpServer({ name: 's', version: '1' })
    await registerOpenApiTools(server, { ...schema({ anyOf }), components })
    expect(server.toolInputSchemaJson('op')).toMatchObject({
      properties: {
        p: { anyOf: [{ $ref: '#/$defs/A' }, { $ref: '#/$defs/schema' }, { $ref: '#/$defs/A_2' }] },
      },
      $defs: { A: { type: 'string' }, schema: { type: 'integer' }, A_2: { type: 'boolean' } },
    })
  })
})
