import type { RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer } from '@portico-mcp/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  ApiError,
  apiCall,
  type JsonObjectSchema,
  registerOpenApiTools,
  registerToolFromSchema,
  runWithApi,
} from './index.ts'
import { closeServers, json, startApi } from './testing/api.ts'

const isRefusal = (error: unknown): boolean => error instanceof TypeError || error instanceof ApiError

const tricky = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[./\\%2eE?#:@\t\n]{0,12}$/),
  fc.constantFrom(
    '..',
    '%2e%2e',
    '..%2f',
    '/..',
    '.\t.',
    '@evil.example.com',
    'https://evil.example.com',
    '__proto__',
  ),
)

describe('whatever a model makes up', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  beforeAll(async () => {
    api = await startApi(() => json(1))
  })
  afterAll(closeServers)

  it('a path stays beneath its base, or is refused', async () => {
    const paths = fc.array(tricky, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
    await fc.assert(
      fc.asyncProperty(paths, async (path) => {
        const before = api.received.length
        try {
          await runWithApi({ apiBaseUrl: `${api.origin}/base` }, () => apiCall('GET', path))
        } catch (error) {
          if (!isRefusal(error)) throw error
          return
        }
        expect(api.received.length).toBe(before + 1)
        expect(api.last().url).toMatch(/^\/base\//)
      }),
      { numRuns: 300 },
    )
  })

  it('a parameter in a path stays in its segment, or is refused', async () => {
    const styles = fc.constantFrom('simple', 'label', 'matrix')
    await fc.assert(
      fc.asyncProperty(tricky, tricky, styles, fc.boolean(), async (a, b, style, explode) => {
        const parameters = ['a', 'b'].map((name) => ({
          name,
          in: 'path',
          required: true,
          style,
          explode,
          schema: {},
        }))
        const document = {
          openapi: '3.1.0',
          info: { title: 'T', version: '1' },
          paths: { '/x/{a}/y/{b}': { get: { operationId: 'op', parameters } } },
        }
        const server = new McpServer({ name: 's', version: '1' })
        const tools = await registerOpenApiTools(server, document, { baseUrl: `${api.origin}/base` })
        const before = api.received.length
        try {
          await (tools.get('op')!.handler as any)({ a, b }, { signal: new AbortController().signal })
        } catch (error) {
          if (!isRefusal(error) && !(error instanceof URIError)) throw error
          return
        }
        expect(api.received.length).toBe(before + 1)
        expect(api.last().url).toMatch(/^\/base\/x\/[^/?#]+\/y\/[^/?#]+$/)
      }),
      { numRuns: 200 },
    )
  })
})

const keyword = fc.constantFrom(
  '$ref',
  '$id',
  '$defs',
  '$anchor',
  '$schema',
  'type',
  'properties',
  'items',
  'prefixItems',
  'allOf',
  'anyOf',
  'not',
  'if',
  'then',
  'enum',
  'const',
  'required',
  'pattern',
  'format',
  'minimum',
  'multipleOf',
  'additionalProperties',
  'a',
  '__proto__',
)
const { value: schemaLike } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      '#',
      '#/$defs/a',
      'object',
      'string',
      'https://example.com/a',
      '(',
      '[',
      null,
      true,
      1,
      -1,
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keyword, tie('value'), { maxKeys: 4 }),
  ),
}))

describe('whatever is called a schema', () => {
  it('is refused as a TypeError, or checks without throwing', () => {
    const schemas = fc.dictionary(keyword, schemaLike, { maxKeys: 5 })
    fc.assert(
      fc.property(schemas, fc.jsonValue(), (schema, value) => {
        const server = new McpServer({ name: 's', version: '1' })
        const inputSchema: JsonObjectSchema = { ...schema, type: 'object' }
        const sent = JSON.parse(JSON.stringify(inputSchema))
        let tool: RegisteredTool
        try {
          tool = registerToolFromSchema(server, { name: 'a', inputSchema, handler: () => ({ content: [] }) })
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          expect((error as Error).message).toMatch(/^The schema of /)
          return
        }
        expect(server.toolInputSchemaJson('a')).toEqual(sent)
        const { success } = (tool.inputSchema as z.ZodType).safeParse({ a: value })
        expect(success).toBeTypeOf('boolean')
      }),
      { numRuns: 500 },
    )
  })
})

const documentWord = fc.constantFrom(
  'get',
  'post',
  'parameters',
  'requestBody',
  'content',
  'application/json',
  'schema',
  '$ref',
  'servers',
  'url',
  'name',
  'in',
  'operationId',
  'required',
  '/x',
  '/x/{id}',
  'tags',
  'security',
  '__proto__',
  'style',
  'variables',
  'constructor',
)
const { value: documentLike } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom('#/paths', '#/paths/~1x', 'path', 'query', 'https://a.example', '/v1', null, true, 7, ''),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(documentWord, tie('value'), { maxKeys: 4 }),
  ),
}))

describe('whatever is called an OpenAPI document', () => {
  it('is refused as a TypeError, or becomes tools', async () => {
    const methods = fc.dictionary(
      fc.constantFrom('get', 'post', 'parameters', 'servers', '$ref'),
      documentLike,
      { maxKeys: 3 },
    )
    const documents = fc.record({
      openapi: fc.constantFrom('3.0.3', '3.1.0'),
      paths: fc.dictionary(fc.constantFrom('/x', '/x/{id}', 'x', '__proto__'), methods, { maxKeys: 3 }),
      components: documentLike,
      servers: documentLike,
    })
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const server = new McpServer({ name: 's', version: '1' })
        try {
          const tools = await registerOpenApiTools(server, document, { onerror: () => {} })
          for (const name of tools.keys()) expect(name).toMatch(/^[\w.-]{1,128}$/)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          expect((error as Error).message).not.toMatch(/undefined|is not a function|iterable|Cannot/)
        }
        expect(({} as any).get).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })
})
