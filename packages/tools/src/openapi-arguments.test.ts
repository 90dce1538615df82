import { McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type OpenApiToolsOptions, registerOpenApiTools, runWithApi } from './index.ts'
import { closeServers, startApi } from './testing/api.ts'
import { callTool } from './testing/call-tool.ts'
import { createToolHandler, serverClasses } from './testing/clients.ts'

afterEach(closeServers)

const info = { title: 'T', version: '1' }

/** Calls a tool as a client does. */
async function serve(
  operation: object,
  options: OpenApiToolsOptions = {},
  more: object = {},
  server = 'Portico',
) {
  const api = await startApi()
  const document = {
    openapi: '3.0.3',
    info,
    paths: { '/x': { post: { operationId: 'op', responses: {}, ...operation } } },
    ...more,
  }
  const handler = createToolHandler(server, (server) =>
    registerOpenApiTools(server, document, { baseUrl: api.origin, ...options }),
  )
  const schema = async (): Promise<any> => {
    const server = new McpServer({ name: 's', version: '1' })
    await registerOpenApiTools(server, document, options)
    return server.toolInputSchemaJson('op')
  }
  return { api, call: (args: Record<string, unknown>) => callTool(handler, 'op', args), schema }
}

const parameters = (...names: string[]) =>
  names.map((name) => ({ name, in: 'query', schema: { type: 'string' } }))
const bodyOf = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } })

describe('the names of arguments', () => {
  const names = [
    'ids[]',
    '$filter',
    'filter[name]',
    'DateCreated',
    'DateCreated<',
    'DateCreated>',
    'a.b',
    'é',
    'x'.repeat(100),
    'a b',
    '__proto__',
    '[]',
  ]

  it('are those that the APIs of models take, and are mapped back', async () => {
    const { api, call, schema } = await serve({ parameters: parameters(...names) })
    const { properties } = await schema()
    const given = Object.keys(properties)
    expect(given).toHaveLength(names.length)
    for (const name of given) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(given.slice(0, 7)).toEqual([
      'ids',
      'filter',
      'filter_name',
      'DateCreated',
      'query_DateCreated',
      'query_DateCreated_2',
      'a_b',
    ])
    expect(properties.ids.description).toBe('Sent as "ids[]".')
    const args = Object.fromEntries(given.map((name, n) => [name, `v${n}`]))
    await call(JSON.parse(JSON.stringify(args)))
    const sent = new URL(api.last().url, api.origin).searchParams
    expect([...sent]).toEqual(names.map((name, n) => [name, `v${n}`]))
  })
})

describe.each(serverClasses)('of the server class of %s, an argument', (server) => {
  const operation = {
    parameters: [
      ...parameters('limit', 'page'),
      { name: 'any', in: 'query', schema: {} },
      { name: 'maybe', in: 'query', schema: { type: 'string', nullable: true } },
    ],
    ...bodyOf({
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        note: { type: 'string' },
        gone: { type: 'string', nullable: true },
        inner: { allOf: [{ type: 'object', properties: { a: { type: 'number' } } }] },
        list: { type: 'array', items: { type: 'object', properties: { a: { type: 'number' } } } },
      },
    }),
  }

  it.each([true, false])('that is unknown is refused by name; validated: %s', async (validateArguments) => {
    const { api, call } = await serve(operation, { validateArguments }, {}, server)
    const result = await call({ limits: '3' })
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toContain(
      'Unknown argument "limits": it takes limit, page, any, maybe, body',
    )
    const huge = await call({ ['x'.repeat(100_000)]: 1 })
    expect(huge.content[0].text.length).toBeLessThan(1000)
    expect(api.received).toEqual([])
  })

  it('that is null is left out where it may be', async () => {
    const { api, call } = await serve(operation, {}, {}, server)
    const body = {
      name: 'a',
      note: null,
      gone: null,
      inner: { a: null },
      list: [{ a: null }, { a: 1 }],
      extra: null,
    }
    const result = await call({ limit: null, page: '2', any: null, maybe: null, body })
    expect(result.isError).not.toBe(true)
    expect(api.last().url).toBe('/x?page=2')
    expect(JSON.parse(api.last().body)).toEqual({
      name: 'a',
      gone: null,
      inner: {},
      list: [{}, { a: 1 }],
      extra: null,
    })
  })

  it('that is null is refused where it is required', async () => {
    const { call } = await serve(operation, {}, {}, server)
    expect((await call({ body: { name: null } })).isError).toBe(true)
    expect((await call({ body: null })).isError).not.toBe(true)
  })
})

describe('an integer', () => {
  const schema = { type: 'integer', format: 'int64', minimum: 1 }
  const operation = {
    parameters: [
      { name: 'id', in: 'query', schema },
      { name: 'ref', in: 'query', schema: { $ref: '#/components/schemas/Id' } },
    ],
  }
  const ids = () => serve(operation, {}, { components: { schemas: { Id: schema } } })

  it('of a parameter may be a text of digits, which is sent as it is', async () => {
    const { api, call } = await ids()
    await call({ id: '9007199254740993', ref: 7 })
    expect(api.last().url).toBe('/x?id=9007199254740993&ref=7')
    expect((await call({ id: '0' })).isError).toBe(true)
    expect((await call({ id: '1e3' })).isError).toBe(true)
    expect((await call({ id: `1${'0'.repeat(100_000)}` })).isError).toBe(true)
  })

  it.each(['id', 'ref'])('that was rounded on its way is refused: %s', async (name) => {
    const { api, call } = await ids()
    const result = await call({ [name]: 9007199254740992 })
    expect(result.content[0].text).toContain(`"${name}" is beyond 2^53`)
    expect(api.received).toEqual([])
  })
})

it('arguments of many levels are refused before they are looked at', async () => {
  const { api, call } = await serve(bodyOf({}), { validateArguments: false })
  const body = JSON.parse(`${'['.repeat(200)}null${']'.repeat(200)}`)
  expect((await call({ body })).content[0].text).toContain('More than 64 levels, or 10000 elements')
  expect(api.received).toEqual([])
})

describe('a property', () => {
  const schemas = {
    Id: { type: 'string', readOnly: true },
    Base: {
      type: 'object',
      required: ['created'],
      properties: { created: { type: 'string', readOnly: true } },
    },
    Pet: {
      allOf: [{ $ref: '#/components/schemas/Base' }, { required: ['id', 'name'] }],
      required: ['owner', 'secret'],
      properties: {
        id: { $ref: '#/components/schemas/Id' },
        name: { type: 'string' },
        owner: { allOf: [{ $ref: '#/components/schemas/Id' }], description: 'Its owner' },
        secret: { type: 'string', writeOnly: true },
      },
    },
  }

  it('that only the API writes is neither listed nor demanded; one that only clients write is', async () => {
    const { call, schema, api } = await serve(
      bodyOf({ $ref: '#/components/schemas/Pet' }),
      {},
      { components: { schemas } },
    )
    const { $defs } = await schema()
    expect(Object.keys($defs.Pet.properties)).toEqual(['name', 'secret'])
    expect($defs.Pet.required).toEqual(['secret'])
    expect($defs.Base).toEqual({ type: 'object', properties: {} })
    expect((await call({ body: { name: 'a' } })).content[0].text).toContain('"secret"')
    expect((await call({ body: { name: 'a', secret: 's' } })).isError).not.toBe(true)
    expect(JSON.parse(api.last().body)).toEqual({ name: 'a', secret: 's' })
  })

  it.each<[object, unknown, unknown]>([
    [{ type: 'integer', minimum: 1, exclusiveMinimum: true }, { type: 'integer', exclusiveMinimum: 1 }, 1],
    [{ type: 'number', maximum: 1, exclusiveMaximum: false }, { type: 'number', maximum: 1 }, 2],
    [{ type: 'string', nullable: true, enum: ['a'] }, { type: ['string', 'null'], enum: ['a', null] }, 'b'],
    [
      { nullable: true, allOf: [{ type: 'string' }], title: 'T' },
      { title: 'T', anyOf: [{ allOf: [{ type: 'string' }] }, { type: 'null' }] },
      1,
    ],
    [
      { type: 'object', required: true, 'x-extra': { $ref: '#/none' } },
      { type: 'object', 'x-extra': { $ref: '#/none' } },
      1,
    ],
    [
      { type: 'string', example: { $ref: '#/none', id: 'not a uri' } },
      { type: 'string', example: { $ref: '#/none', id: 'not a uri' } },
      1,
    ],
  ])('%j is listed as 2020-12: %j', async (given, listed, wrong) => {
    const { schema, call } = await serve(bodyOf({ type: 'object', properties: { a: given } }))
    expect((await schema()).properties.body.properties.a).toEqual(listed)
    expect((await call({ body: { a: wrong } })).isError).toBe(true)
  })

  it.each([
    ['^https\\:\\/\\/', '/^https/'],
    ['(?i)abc', 'inline flags'],
    ['[', 'broken'],
  ])('with the pattern %s is checked without it, which is reported', async (pattern) => {
    const problems: string[] = []
    const onerror = ({ message }: Error) => void problems.push(message)
    const schema = { type: 'object', properties: { a: { type: 'string', pattern, maxLength: 3 } } }
    const { call } = await serve(
      { ...bodyOf({ $ref: '#/components/schemas/A' }) },
      { onerror },
      { components: { schemas: { A: schema } } },
    )
    expect((await call({ body: { a: 'x' } })).isError).not.toBe(true)
    expect((await call({ body: { a: 'long' } })).isError).toBe(true)
    expect(problems).toEqual([expect.stringContaining(`POST /x: the pattern ${pattern} does not compile`)])
  })

  it('with an unknown type takes anything, which is reported', async () => {
    const problems: string[] = []
    const { call } = await serve(bodyOf({ type: 'object', properties: { a: { type: 'any' } } }), {
      onerror: ({ message }) => problems.push(message),
    })
    expect((await call({ body: { a: [1] } })).isError).not.toBe(true)
    expect(problems).toEqual([expect.stringContaining('the type "any" is not known')])
  })
})

describe('references', () => {
  it('in a chain of 5,000 are followed', async () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 5000 }, (_, n) => [
        `S${n}`,
        n === 4999 ? { type: 'string' } : { $ref: `#/components/schemas/S${n + 1}` },
      ]),
    )
    const { call } = await serve(bodyOf({ $ref: '#/components/schemas/S0' }), {}, { components: { schemas } })
    expect((await call({ body: 'a' })).isError).not.toBe(true)
    expect((await call({ body: 1 })).isError).toBe(true)
  })

  it('that apply to one value in a chain that is too long are told apart by their operation', async () => {
    const next = (n: number) => ({ allOf: [{ $ref: `#/components/schemas/S${n + 1}` }] })
    const schemas = Object.fromEntries(
      Array.from({ length: 2000 }, (_, n) => [`S${n}`, n === 1999 ? { type: 'string' } : next(n)]),
    )
    const { call } = await serve(bodyOf({ $ref: '#/components/schemas/S0' }), {}, { components: { schemas } })
    const result = await call({ body: 'a' })
    expect(result.content[0].text).toMatch(/through too many levels/)
  })

  it('to 6,000 parts of one name are each named once', async () => {
    const parts = Object.fromEntries(
      Array.from({ length: 6000 }, (_, n) => [`p${n}`, { same: { const: n } }]),
    )
    const anyOf = Object.keys(parts).map((name) => ({ $ref: `#/components/x-parts/${name}/same` }))
    const { schema } = await serve(bodyOf({ anyOf }), {}, { components: { 'x-parts': parts } })
    const { $defs } = await schema()
    expect(Object.keys($defs)).toHaveLength(6000)
    expect($defs.same_6000).toEqual({ const: 5999 })
  })
})

describe('API keys', () => {
  const securitySchemes = {
    inQuery: { type: 'apiKey', in: 'query', name: 'api key' },
    inCookie: { type: 'apiKey', in: 'cookie', name: 'sid' },
    inHeader: { type: 'apiKey', in: 'header', name: 'X-Key' },
    token: { type: 'http', scheme: 'bearer' },
  }
  const keyed = (
    security: object[] | undefined,
    apiKeys: OpenApiToolsOptions['apiKeys'],
    more: object = {},
  ) =>
    serve(
      {
        parameters: [...parameters('q', 'api key'), { name: 'theme', in: 'cookie', schema: {} }],
        ...(security && { security }),
      },
      { apiKeys },
      { components: { securitySchemes }, ...more },
    )

  it('stand where their schemes say, beside arguments, and are none', async () => {
    const all = [{ inQuery: [], inCookie: [] }, { inHeader: [] }]
    const { api, call, schema } = await keyed(all, {
      inQuery: 'k&1',
      inCookie: async () => 'c;2',
      inHeader: () => 'h3',
    })
    expect(Object.keys((await schema()).properties)).toEqual(['q', 'theme'])
    await call({ q: 'a', theme: 'dark' })
    expect(api.last().url).toBe('/x?q=a&api%20key=k%261')
    expect(api.last().headers).toMatchObject({ cookie: 'theme=dark; sid=c%3B2', 'x-key': 'h3' })
    expect((await call({ 'api key': 'mine' })).isError).toBe(true)
  })

  it.each<[string, object[] | undefined, object, string]>([
    ['another scheme', [{ token: [] }], {}, '/x'],
    ['none', [], { security: [{ inQuery: [] }] }, '/x'],
    ['the scheme of the document', undefined, { security: [{ inQuery: [] }] }, '/x?api%20key=k'],
    ['nothing, nor does the document', undefined, {}, '/x?api%20key=k'],
  ])('go to operations that ask for %s as they should', async (_, security, more, url) => {
    const { api, call } = await keyed(security, { inQuery: 'k' }, more)
    await call({})
    expect(api.last().url).toBe(url)
  })

  it('that no scheme describes are refused', async () => {
    const { call } = await serve({}, {}, {})
    await call({})
    const server = new McpServer({ name: 's', version: '1' })
    const document = { openapi: '3.0.3', info, paths: {}, components: { securitySchemes } }
    await expect(registerOpenApiTools(server, document, { apiKeys: { other: 'x' } })).rejects.toThrow(
      'registerOpenApiTools: apiKeys: there is no security scheme "other": known are inQuery, inCookie, inHeader',
    )
  })

  it('of the context go in the query to its origin alone', async () => {
    const api = await startApi(
      ({ url }) => (url.startsWith('/go') ? [302, { location: '/there' }] : undefined) ?? [200, {}],
    )
    const other = await startApi()
    const { apiCall } = await import('./index.ts')
    await runWithApi({ apiBaseUrl: api.origin, query: { key: 'k', page: 1 } }, async () => {
      await apiCall('GET', '/x?page=2')
      expect(api.last().url).toBe('/x?page=2&key=k')
      await apiCall('GET', '/go')
      expect(api.last().url).toBe('/there?key=k&page=1')
      await apiCall('GET', other.origin)
      expect(other.last().url).toBe('/')
    })
  })
})

it('a document of text is read once', async () => {
  const text = JSON.stringify({ openapi: '3.1.0', info, paths: { '/x': { get: { operationId: 'op' } } } })
  const read = async (document: string) =>
    (await registerOpenApiTools(new McpServer({ name: 's', version: '1' }), document)).get('op')!.inputSchema
  expect(await read(text)).toBe(await read(`${text}`))
  await expect(read('a: [')).rejects.toThrow('neither JSON nor YAML')
  await expect(read('{"openapi": ')).rejects.toThrow('neither JSON nor YAML')
})

it('reserved characters stay where a document allows it', async () => {
  const { api, call } = await serve({
    parameters: [{ name: 'to', in: 'query', allowReserved: true, schema: {} }],
  })
  await call({ to: 'https://a.b/c?d=e&f=g#h[0] +' })
  expect(api.last().url).toBe('/x?to=https://a.b/c?d=e%26f=g%23h[0]%20%2B')
})

it('a fragment or a query in a path of the document does not swallow the arguments', async () => {
  const api = await startApi()
  const post = {
    responses: {},
    parameters: [{ name: 'id', in: 'path', required: true, schema: {} }, ...parameters('q')],
  }
  const paths = {
    '/x/{id}#share': { post: { ...post, operationId: 'share' } },
    '/x/{id}?do=copy': { post: { ...post, operationId: 'copy' } },
  }
  const handler = createToolHandler('Portico', (server) =>
    registerOpenApiTools(server, { openapi: '3.0.3', info, paths }, { baseUrl: api.origin }),
  )
  await callTool(handler, 'share', { id: 'a#b', q: '1' })
  expect(api.last().url).toBe('/x/a%23b?q=1')
  await callTool(handler, 'copy', { id: 'a', q: '1' })
  expect(api.last().url).toBe('/x/a?do=copy&q=1')
})
