import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../handler.ts'
import type { CreateMcpHandlerOptions } from '../options.ts'
import type { McpServerLike } from '../server/factory.ts'
import { legacy, modern, post } from '../testing/requests.ts'
import { CLASSES } from '../testing/server.ts'

const ERROR_BYTES = 5_000
const info = { name: 's', version: '1' }
const texts = { texts: z.array(z.string()) }
const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })

let runs = 0

const servers: [string, () => McpServerLike][] = [
  ...CLASSES.map(([name, Class]): [string, () => McpServerLike] => [
    name,
    () => {
      const server = new Class(info)
      server.registerTool('t', { inputSchema: texts }, async () => said(`${++runs}`))
      server.registerTool('out', { outputSchema: texts }, async () => ({
        ...said(`${++runs}`),
        structuredContent: { texts: Array(9_000).fill(0) },
      }))
      server.registerTool('own', {}, async () => ({ ...said('x'.repeat(9_000)), isError: true }))
      server.registerPrompt('p', { argsSchema: { a: z.string() } }, async () => ({ messages: [] }))
      return server
    },
  ]),
  [
    'a server of @modelcontextprotocol/server',
    () => {
      const server = new McpServer2(info)
      server.registerTool('t', { inputSchema: z.object(texts) }, async () => said(`${++runs}`))
      return server
    },
  ],
]

const eras: [string, (method: string, params: Record<string, unknown>) => Request][] = [
  ['2026-07-28', (method, params) => modern(method, { params })],
  ['2025-11-25', legacy],
]

const wrong = (count: number) => ({ name: 't', arguments: { texts: Array(count).fill(0) } })

const answer = async (build: () => McpServerLike, request: Request, options?: CreateMcpHandlerOptions) => {
  const text = await (await createMcpHandler(build, options).fetch(request)).text()
  return { size: text.length, body: JSON.parse(text.replace(/^[^{]*data: /, '')) }
}

describe.each(servers)('%s', (name, build) => {
  const isFirst = !name.startsWith('a server')

  describe.each(eras)('in %s', (_, request) => {
    it.each([100, 1_000, 9_000])('names the first of %i elements that do not fit', async (count) => {
      const { size, body } = await answer(build, request('tools/call', wrong(count)))
      expect(size).toBeLessThan(ERROR_BYTES)
      expect(body.result.isError).toBe(true)
      expect(body.result.content[0].text).toMatch(/expected string, received number[\s\S]*more characters\)$/)
    })

    it.each([
      ['20,000 elements of 40 KB', { texts: Array(20_000).fill(0) }],
      ['20,000 that would fit', { texts: Array(20_000).fill('') }],
      ['20,000 members', Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`a${index}`, 0]))],
      ['small arrays within each other', { texts: Array(200).fill(Array(100).fill(0)) }],
    ])('is not asked to validate %s', async (_, given) => {
      const before = runs
      const { size, body } = await answer(build, request('tools/call', { name: 't', arguments: given }))
      expect(body.error).toMatchObject({ code: -32602, message: expect.stringMatching(/10000 elements/) })
      expect(size).toBeLessThan(ERROR_BYTES)
      expect(runs).toBe(before)
    })

    it('takes as many elements as it is told', async () => {
      const fits = { name: 't', arguments: { texts: Array(20_000).fill('') } }
      for (const maxToolInputElements of [20_001, Number.POSITIVE_INFINITY]) {
        const { body } = await answer(build, request('tools/call', fits), { maxToolInputElements })
        expect(body.result.isError).toBeFalsy()
      }
      const { body } = await answer(build, request('tools/call', fits), { maxToolInputElements: 20_000 })
      expect(body.error.code).toBe(-32602)
    })

    if (isFirst)
      it('bounds what is said of a result, and of the arguments of a prompt', async () => {
        const out = await answer(build, request('tools/call', { name: 'out' }))
        expect(out.body.result.content[0].text).toMatch(/Output validation error/)
        expect(out.size).toBeLessThan(ERROR_BYTES)
        const given = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`a${index}`, 1]))
        const prompt = await answer(build, request('prompts/get', { name: 'p', arguments: given }))
        expect(prompt.body.error).toBeDefined()
        expect(prompt.size).toBeLessThan(ERROR_BYTES)
      })

    if (isFirst)
      it("leaves a tool's own error as long as it is", async () => {
        const { body } = await answer(build, request('tools/call', { name: 'own' }))
        expect(body.result.content[0].text).toHaveLength(9_000)
      })
  })
})

const zeros = Array(20_000).fill(0)
const members = Object.fromEntries(zeros.map((_, index) => [`a${index}`, 0]))
const client = { name: 'c', version: '1' }
const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: client }
const PREFIX = 'io.modelcontextprotocol'
const enveloped = (meta: Record<string, unknown>, method = 'tools/list') => modern(method, { meta })

describe('what a message holds beside arguments', () => {
  const tooLarge = { code: -32602, message: expect.stringMatching(/^The (params|result) .*10000 elements/) }

  it.each<[string, Request]>([
    ['icons of clientInfo', legacy('initialize', { ...hello, clientInfo: { ...client, icons: zeros } })],
    ['capabilities', legacy('initialize', { ...hello, capabilities: { experimental: members } })],
    ['clientInfo in _meta', enveloped({ [`${PREFIX}/clientInfo`]: { ...client, icons: zeros } })],
    ['capabilities in _meta', enveloped({ [`${PREFIX}/clientCapabilities`]: { extensions: members } })],
    [
      'capabilities, to discover',
      enveloped({ [`${PREFIX}/clientCapabilities`]: members }, 'server/discover'),
    ],
    ['answers', modern('tools/call', { params: { name: 'own', inputResponses: members } })],
    ['a context', legacy('completion/complete', { context: { arguments: members } })],
    ['a task', legacy('tools/call', { name: 'own', task: zeros })],
    ['the result of a question', post({ jsonrpc: '2.0', id: 1, result: { roots: zeros } })],
    ['a notification', post({ jsonrpc: '2.0', method: 'notifications/progress', params: members })],
  ])('is bounded before it is validated: %s', async (_, request) => {
    const { body } = await answer(servers[0]![1], request)
    expect(body.error).toEqual(tooLarge)
  })

  it.each([20_001, Number.POSITIVE_INFINITY])('may be as large as arguments, up to %d', async (most) => {
    const request = () => modern('tools/call', { params: { name: 'own', more: zeros } })
    expect((await answer(servers[0]![1], request())).body.error).toEqual(tooLarge)
    const { body } = await answer(servers[0]![1], request(), { maxToolInputElements: most + 10 })
    expect(body.result).toBeDefined()
  })

  it('has room beside few arguments', async () => {
    const { body } = await answer(servers[0]![1], modern('tools/call', { params: { name: 'own' } }), {
      maxToolInputElements: 1,
    })
    expect(body.result).toBeDefined()
  })
})

describe.each(CLASSES)('the templates of a %s', (_, Class) => {
  const build = () => {
    const server = new Class(info)
    for (const uri of ['db://{schema}.{table}.{column}', 'file://{name}-{type}', 'doc://{+path}']) {
      server.registerResource(uri, new ResourceTemplate(uri, { list: undefined }), {}, async ({ href }) => ({
        contents: [{ uri: href, text: 'found' }],
      }))
    }
    return server
  }
  const read = (uri: string, era = 'modern') =>
    era === 'modern'
      ? modern('resources/read', { params: { uri }, headers: { 'mcp-name': uri } })
      : legacy('resources/read', { uri })

  it.each([
    ['of variables in one segment', `db://${'a.'.repeat(100_000)}/`],
    ['of two variables in a segment', `file://${'a-'.repeat(400_000)}/`],
    ['that is one character too long', `doc://${'a'.repeat(4_091)}`],
  ])('are not searched for a URI %s', async (_, uri) => {
    for (const era of ['modern', 'legacy']) {
      const { body } = await answer(build, read(uri, era))
      expect(body.error).toMatchObject({
        code: -32602,
        message: expect.stringMatching(/at most 4096 characters/),
      })
    }
  })

  it('are found for a long URI', async () => {
    for (const era of ['modern', 'legacy']) {
      const { body } = await answer(build, read(`doc://${'a'.repeat(4_090)}`, era))
      expect(body.result.contents[0].text).toBe('found')
    }
  })
})

it('counts the calls of a batch together', async () => {
  const batch = (calls: number, count: number) =>
    post(
      Array.from({ length: calls }, (_, id) => ({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: wrong(count),
      })),
    )
  const refused = await answer(servers[0]![1], batch(100, 9_000))
  expect(refused.body.error).toMatchObject({ code: -32602, message: expect.stringMatching(/10000 elements/) })
  const { body } = await answer(servers[0]![1], batch(10, 900))
  expect(body).toHaveLength(10)
})

it('bounds the error of a low-level handler, and cuts no character in two', async () => {
  const build = () => {
    const server = new Server(info, { capabilities: { tools: {} } })
    server.setRequestHandler(CallToolRequestSchema, () => ({
      ...said(`Input validation error: ${'x'.repeat(4071)}${'😀'.repeat(1_000)}`),
      isError: true,
    }))
    return server
  }
  const { body } = await answer(build, legacy('tools/call', { name: 't' }))
  expect(body.result.content[0].text).toHaveLength(
    'Input validation error: '.length + 4071 + '… (2000 more characters)'.length,
  )
  expect(body.result.content[0].text.isWellFormed()).toBe(true)
})

it.each([0, -1, Number.NaN])('refuses %d as the largest number of elements', (maxToolInputElements) => {
  expect(() => createMcpHandler(servers[0]![1], { maxToolInputElements })).toThrow(RangeError)
})

it.each([
  ['inflated by a framework', { 'content-encoding': 'gzip', 'content-length': '100' }],
  ['whose headers name a shorter one', { 'content-length': '100' }],
])('counts the elements of a parsed body %s', async (_, headers) => {
  const handler = createMcpHandler(servers[0]![1])
  const parsedBody = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: wrong(20_000) }
  const response = await handler.fetch(post('', headers), { parsedBody })
  expect((await response.json()).error).toMatchObject({
    code: -32602,
    message: expect.stringMatching(/10000 elements/),
  })
})
