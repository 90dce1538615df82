import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type JsonObjectSchema, type JsonSchemaTool, registerToolFromSchema } from './index.ts'
import { closeServers } from './testing/api.ts'
import { connect, createToolHandler, pairs, readText, serverClasses } from './testing/clients.ts'

afterEach(closeServers)

const schema: JsonObjectSchema = {
  type: 'object',
  title: 'Project',
  description: 'Which project',
  properties: {
    id: { type: 'string', pattern: '^p-\\d+$', 'x-mcp-header': 'Project' },
    status: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    parent: { $ref: '#/$defs/node' },
    pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false },
  },
  patternProperties: { '^x-': true },
  required: ['id'],
  dependentRequired: { status: ['id'] },
  unevaluatedProperties: false,
  examples: [{ id: 'p-1' }],
  default: { id: 'p-1' },
  $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, value: { const: 1 } } } },
}

const echo: JsonSchemaTool['handler'] = (args) => ({
  content: [{ type: 'text', text: JSON.stringify(args) }],
})

function register(server: McpServer | InstanceType<(typeof serverClasses)[0][1]>): void {
  server.registerTool('before', { inputSchema: { a: z.number() } }, async () => ({ content: [] }))
  registerToolFromSchema(server, { name: 'echo', description: 'Echoes', inputSchema: schema, handler: echo })
  registerToolFromSchema(server, { name: 'plain', handler: echo })
  registerToolFromSchema(server, {
    name: 'raw',
    inputSchema: schema,
    validateArguments: false,
    handler: echo,
  })
  server.registerTool('after', { description: 'Zod' }, async () => ({
    content: [{ type: 'text', text: 'after' }],
  }))
}

describe.each(pairs)('on the server class of %s, to a client of %s', (server, client) => {
  it('lists the schema word for word, among tools of zod', async () => {
    const { tools } = await (await connect(createToolHandler(server, register), client)).listTools()
    expect(tools.map(({ name }) => name)).toEqual(['before', 'echo', 'plain', 'raw', 'after'])
    expect(tools[1]!.inputSchema).toEqual(schema)
    expect(tools[2]!.inputSchema).toEqual({ type: 'object', properties: {} })
    expect(tools[3]!.inputSchema).toEqual(schema)
    expect(tools[0]!.inputSchema).toMatchObject({ properties: { a: { type: 'number' } } })
  })

  it.each([
    [{ id: 'p-1', status: null, parent: { next: { value: 1 } }, pair: ['a', 1], 'x-more': {} }, undefined],
    [{}, /"id"/],
    [{ id: 'q' }, /pattern.* at id/],
    [{ id: 'p-1', parent: { next: { next: { value: 2 } } } }, /at parent\.next\.next\.value/],
    [{ id: 'p-1', pair: ['a', 1, 2] }, /at pair/],
    [{ id: 'p-1', more: 1 }, /more/],
  ])('checks %j', async (args, message) => {
    const connected = await connect(createToolHandler(server, register), client)
    const result = await connected.callTool('echo', args)
    if (!message) return expect(JSON.parse(readText(result))).toEqual(args)
    expect(result.isError).toBe(true)
    expect(readText(result)).toMatch(/Invalid arguments for tool echo/)
    expect(readText(result)).toMatch(message)
  })

  it('lets anything through if told to', async () => {
    const connected = await connect(createToolHandler(server, register), client)
    const args = { id: 7, more: { deep: [1] } }
    expect(JSON.parse(readText(await connected.callTool('raw', args)))).toEqual(args)
    expect(readText(await connected.callTool('after', {}))).toBe('after')
  })

  it('lists and checks what comes out', async () => {
    const outputSchema: JsonObjectSchema = {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
    }
    const inputSchema: JsonObjectSchema = { type: 'object', properties: { n: {} } }
    const handler = createToolHandler(server, (server) =>
      registerToolFromSchema(server, {
        name: 'count',
        inputSchema,
        outputSchema,
        handler: ({ n }) => ({ content: [], structuredContent: { n } }),
      }),
    )
    const connected = await connect(handler, client)
    expect((await connected.listTools()).tools[0]!.outputSchema).toEqual(outputSchema)
    expect(await connected.callTool('count', { n: 1 })).toMatchObject({
      structuredContent: { n: 1 },
    })
    const wrong = await connected.callTool('count', { n: 'x' })
    expect([wrong.isError, readText(wrong)]).toEqual([
      true,
      expect.stringContaining('Invalid structured content'),
    ])
  })
})

describe.each(serverClasses)('the server class of %s', (name, Class) => {
  it('keeps a $schema that is given, and adds none', async () => {
    const $schema = 'https://json-schema.org/draft/2020-12/schema'
    const inputSchema: JsonObjectSchema = { $schema, type: 'object' }
    const handler = createToolHandler(name, (server) =>
      registerToolFromSchema(server, { name: 'a', inputSchema, handler: echo }),
    )
    const { tools } = await (await connect(handler, '1.x')).listTools()
    expect(tools[0]!.inputSchema).toEqual(inputSchema)
  })

  it('tells of a tool that comes, goes and changes its name', () => {
    const server = new Class({ name: 's', version: '1' })
    const told = vi.spyOn(server, 'sendToolListChanged')
    const tool = registerToolFromSchema(server, { name: 'a', handler: echo })
    tool.disable()
    tool.enable()
    tool.update({ name: 'b' })
    expect(told).toHaveBeenCalledTimes(4)
    registerToolFromSchema(server, { name: 'a', handler: echo })
    expect(() => registerToolFromSchema(server, { name: 'b', handler: echo })).toThrow('already registered')
  })

  it('holds a client to the headers that a schema declares', async () => {
    const handler = createToolHandler(name, register)
    const call = (project: string) =>
      handler.fetch(
        new Request('http://localhost/mcp', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': 'tools/call',
            'mcp-name': 'echo',
            'mcp-param-project': project,
          },
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'tools/call',
            params: {
              name: 'echo',
              arguments: { id: 'p-1' },
              _meta: {
                'io.modelcontextprotocol/protocolVersion': '2026-07-28',
                'io.modelcontextprotocol/clientCapabilities': {},
              },
            },
          }),
        }),
      )
    expect((await call('p-1')).status).toBe(200)
    expect(await (await call('p-2')).json()).toMatchObject({ error: { code: -32020 } })
  })
})

describe('a schema', () => {
  const register = (inputSchema: unknown) => () =>
    registerToolFromSchema(new McpServer({ name: 's', version: '1' }), {
      name: 'a',
      inputSchema: inputSchema as JsonObjectSchema,
      handler: echo,
    })
  const twice = ($ref: string) => ({ allOf: [{ $ref }, { $ref }] })
  const deep = (levels: number): unknown => (levels === 0 ? {} : { not: deep(levels - 1) })

  it.each([
    ['of no object', { type: 'string' }, 'must have the type "object"'],
    ['that is no object', true, 'must have the type "object"'],
    [
      'of the network',
      { type: 'object', properties: { a: { $ref: 'https://example.com/a.json' } } },
      'https://example.com/a.json',
    ],
    ['of a file', { type: 'object', allOf: [{ $ref: 'file:///etc/passwd' }] }, 'file:///etc/passwd'],
    ['of a missing part', { type: 'object', properties: { a: { $ref: '#/$defs/b' } } }, '#/$defs/b'],
    ['that goes round', { type: 'object', $ref: '#' }, 'without end'],
    [
      'that goes round by another',
      { type: 'object', $ref: '#/$defs/a', $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } },
      'without end',
    ],
    [
      'that doubles with each of its parts',
      {
        type: 'object',
        $ref: '#/$defs/0',
        $defs: {
          ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [n, twice(`#/$defs/${n + 1}`)])),
          40: {},
        },
      },
      'too long',
    ],
    ['that is deep', { type: 'object', properties: { a: deep(200) } }, 'levels'],
    ['that is large', { type: 'object', enum: Array.from({ length: 30_000 }, () => 1) }, 'members'],
    ['with a $dynamicRef', { type: 'object', properties: { a: { $dynamicRef: '#a' } } }, '$dynamicRef'],
  ])('%s is refused', (_, schema, message) => {
    expect(register(schema)).toThrow(TypeError)
    expect(register(schema)).toThrow(message)
  })

  it.each([
    [{ pattern: '^[a-z' }],
    [{ pattern: '\\-' }],
    [{ pattern: 7 }],
    [{ patternProperties: { '(': {} } }],
    [{ $dynamicRef: '#a' }],
  ])('that cannot be checked is refused, unless it need not be: %j', (part) => {
    const server = new McpServer({ name: 's', version: '1' })
    const inputSchema = { type: 'object' as const, properties: { a: part } }
    const tool = { name: 'a', inputSchema, handler: echo }
    expect(() => registerToolFromSchema(server, tool)).toThrow(TypeError)
    registerToolFromSchema(server, { ...tool, validateArguments: false })
    expect(server.toolInputSchemaJson('a')).toEqual(inputSchema)
  })

  it('may refer by $id and $anchor to what is in it', () => {
    const $defs = { a: { $id: 'https://example.com/a', type: 'string' }, b: { $anchor: 'b', type: 'number' } }
    const properties = { a: { $ref: 'https://example.com/a' }, b: { $ref: '#b' } }
    expect(register({ type: 'object', properties, $defs })).not.toThrow()
  })

  it('may name properties like keywords', () => {
    expect(
      register({ type: 'object', properties: { $ref: { type: 'string' }, $id: { type: 'string' } } }),
    ).not.toThrow()
  })

  it('may be frozen, and stays as it is', () => {
    const frozen = Object.freeze({
      type: 'object',
      properties: Object.freeze({ a: Object.freeze({ $ref: '#/$defs/a' }) }),
      $defs: { a: {} },
    })
    expect(register(frozen)).not.toThrow()
    expect(Object.getOwnPropertyNames(frozen)).toEqual(['type', 'properties', '$defs'])
  })

  it('is looked at once, however many servers have it', () => {
    let reads = 0
    const inputSchema = {
      type: 'object' as const,
      get properties() {
        reads++
        return {}
      },
    }
    register(inputSchema)()
    const first = reads
    register(inputSchema)()
    expect(reads).toBe(first)
  })
})

describe('arguments', () => {
  const loops = {
    type: 'object',
    properties: { a: { $ref: '#/$defs/a' } },
    $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } },
  }
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 's', version: '1' })
    registerToolFromSchema(server, {
      name: 'tree',
      inputSchema: { type: 'object', properties: { a: { $ref: '#' } } },
      handler: echo,
    })
    registerToolFromSchema(server, {
      name: 'doubles',
      inputSchema: { type: 'object', properties: { a: { allOf: [{ $ref: '#' }, { $ref: '#' }] } } },
      handler: echo,
    })
    registerToolFromSchema(server, {
      name: 'open',
      inputSchema: { type: 'object', properties: { url: { type: 'string', format: 'url' } } },
      handler: echo,
    })
    registerToolFromSchema(server, { name: 'loops', inputSchema: loops as JsonObjectSchema, handler: echo })
    return server
  })
  const call = async (name: string, args: string) => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${args}}}`
    const headers = { 'content-type': 'application/json' }
    const response = await handler.fetch(
      new Request('http://localhost/mcp', { method: 'POST', headers, body }),
    )
    return (await response.json()) as any
  }

  it.each([
    ['many levels', 'tree', `${'{"a":'.repeat(100)}{}${'}'.repeat(100)}`, 'More than 64 levels'],
    [
      'a schema that doubles at each level',
      'doubles',
      `${'{"a":'.repeat(60)}{}${'}'.repeat(60)}`,
      'too long',
    ],
    ['a schema that goes round', 'loops', '{"a":1}', 'cannot be applied'],
  ])('of %s are a tool error', async (_, tool, args, message) => {
    const { result } = await call(tool, args)
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toContain(message)
  })

  it.each([
    ['a host', `http://${'a'.repeat(60)}`, true],
    ['a host with hyphens', `https://${'a-'.repeat(5000)}`, true],
    ['spaces', `http://${'a'.repeat(60)} `, false],
    ['1 MiB', `http://${'a'.repeat(2 ** 20)}`, false],
  ])('whose URL is %s are answered', async (_, url, fits) => {
    const { result } = await call('open', JSON.stringify({ url }))
    expect(result.isError !== true).toBe(fits)
    expect(JSON.stringify(result).length).toBeLessThan(30_000)
  })

  it.each([
    ['thousands of levels', `${'{"a":'.repeat(3000)}{}${'}'.repeat(3000)}`, 'levels deep'],
    ['many elements', `{"b":[${'1,'.repeat(20_000)}1]}`, 'at most 10000 elements'],
  ])('of %s are refused by the handler', async (_, args, message) => {
    expect((await call('tree', args)).error).toMatchObject({
      code: -32602,
      message: expect.stringContaining(message),
    })
  })

  it('name no prototype', async () => {
    const { result } = await call('tree', '{"__proto__":{"polluted":true},"constructor":1}')
    expect(result.isError).not.toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
