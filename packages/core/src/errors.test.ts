import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2, ProtocolError, Server as Server2 } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from './handler.ts'
import type { McpServerFactory } from './server/factory.ts'
import { McpServer } from './server/fast/mcp-server.ts'
import { legacy, modern, post } from './testing/requests.ts'

const info = { name: 'failing', version: '1.0.0' }
const capabilities = { tools: {}, prompts: {}, resources: {} }

/** Low-level servers whose handlers throw, by method. */
const LOW_LEVEL: [string, (thrown: () => unknown) => McpServerFactory][] = [
  [
    'a low-level Server',
    (thrown) => () => {
      const server = new Server(info, { capabilities })
      const fail = async (): Promise<never> => {
        throw thrown()
      }
      server.setRequestHandler(ListToolsRequestSchema, fail)
      server.setRequestHandler(CallToolRequestSchema, fail)
      server.setRequestHandler(GetPromptRequestSchema, fail)
      server.setRequestHandler(ReadResourceRequestSchema, fail)
      server.setRequestHandler(z.object({ method: z.literal('acme/do') }), fail)
      return server
    },
  ],
  [
    'a low-level Server of 2.x',
    (thrown) => () => {
      const server = new Server2(info, { capabilities })
      const fail = async (): Promise<never> => {
        throw thrown()
      }
      server.setRequestHandler('tools/list', fail)
      server.setRequestHandler('tools/call', fail)
      server.setRequestHandler('prompts/get', fail)
      server.setRequestHandler('resources/read', fail)
      server.setRequestHandler('acme/do', { params: z.object({}) }, fail)
      return server
    },
  ],
]

const answerOf = async (response: Response): Promise<[number, any]> => [
  response.status,
  (await response.json()).error,
]

const PARAMS: Record<string, Record<string, unknown>> = {
  'tools/call': { name: 'x' },
  'prompts/get': { name: 'x' },
  'resources/read': { uri: 'a:b' },
}

describe.each(LOW_LEVEL)('what a handler of %s throws', (_, factoryOf) => {
  const inBoth = async (thrown: () => unknown, method = 'tools/call', options = {}) => {
    const handler = createMcpHandler(factoryOf(thrown), { onerror: () => {}, ...options })
    const params = PARAMS[method] ?? {}
    return [
      await answerOf(await handler.fetch(modern(method, { params }))),
      await answerOf(await handler.fetch(legacy(method, params))),
    ]
  }

  it.each(['tools/call', 'prompts/get', 'tools/list', 'acme/do'])(
    'reaches the client in its own words: %s',
    async (method) => {
      const error = { code: -32603, message: 'Quota exceeded until 18:00' }
      expect(await inBoth(() => new Error('Quota exceeded until 18:00'), method)).toEqual([
        [200, error],
        [200, error],
      ])
    },
  )

  it('keeps its code and data', async () => {
    const thrown = () => Object.assign(new Error('Slow down'), { code: 4290, data: { retryAfterMs: 500 } })
    const error = { code: 4290, message: 'Slow down', data: { retryAfterMs: 500 } }
    expect(await inBoth(thrown)).toEqual([
      [200, error],
      [200, error],
    ])
    expect(await inBoth(() => ({ code: -32603, message: 'On purpose', data: [1] }))).toEqual([
      [200, { code: -32603, message: 'On purpose', data: [1] }],
      [200, { code: -32603, message: 'On purpose', data: [1] }],
    ])
  })

  it.each(['tools/call', 'prompts/get'])(
    'as method not found is about its name in 2026-07-28: %s',
    async (method) => {
      for (const message of ['Unknown tool: x', 'Method not found']) {
        expect(await inBoth(() => new ProtocolError(-32601, message), method)).toEqual([
          [200, { code: -32602, message }],
          [200, { code: -32601, message }],
        ])
      }
    },
  )

  it.each(['resources/read', 'acme/do'])('as method not found is an answer: %s', async (method) => {
    expect(await inBoth(() => new ProtocolError(-32601, 'No such thing'), method)).toEqual([
      [200, { code: -32601, message: 'No such thing' }],
      [200, { code: -32601, message: 'No such thing' }],
    ])
  })

  it.each([-32600, -32700, -32020, -32022])('has no HTTP status of its own: %i', async (code) => {
    const thrown = () => Object.assign(new Error('Of somebody else'), { code })
    for (const [status, error] of await inBoth(thrown)) {
      expect([status, error.code, error.message]).toEqual([200, code, 'Of somebody else'])
    }
  })

  it('as a capability that its client has to declare is 400 in 2026-07-28', async () => {
    const data = { requiredCapabilities: { sampling: {} } }
    const thrown = () => Object.assign(new Error('Sampling is needed'), { code: -32021, data })
    const [[status, error], [legacyStatus]] = (await inBoth(thrown)) as any
    expect([status, error, legacyStatus]).toEqual([
      400,
      { code: -32021, message: 'Sampling is needed', data },
      200,
    ])
  })

  it('is masked with maskErrors, and whole to onerror', async () => {
    const onerror = vi.fn()
    const masked = { code: -32603, message: 'Internal error' }
    const thrown = () => new Error('password=hunter2')
    expect(await inBoth(thrown, 'tools/call', { maskErrors: true, onerror })).toEqual([
      [200, masked],
      [200, masked],
    ])
    const message = 'tools/call failed: password=hunter2'
    expect(onerror.mock.calls.map(([error]) => error.message)).toEqual([message, message])
  })

  it('is 404 only for a method that it does not have', async () => {
    const handler = createMcpHandler(
      factoryOf(() => undefined),
      { onerror: () => {} },
    )
    const error = { code: -32601, message: 'Method not found' }
    expect(await answerOf(await handler.fetch(modern('acme/other')))).toEqual([404, error])
    expect(await answerOf(await handler.fetch(modern('prompts/list')))).toEqual([404, error])
    expect(await answerOf(await handler.fetch(legacy('acme/other')))).toEqual([200, error])
  })
})

describe.each([
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer],
  ["2.x's McpServer", McpServer2],
])('callbacks of %s', (_, Class: any) => {
  const factory = (): any => {
    const server = new Class(info)
    const fail = (thrown: unknown) => async () => {
      throw thrown
    }
    server.registerTool('fail', {}, fail(new Error('The tool is stuck')))
    server.registerResource('file', 'file:///a.txt', {}, fail(new Error('file a.txt is missing')))
    server.registerPrompt('fail', {}, fail(Object.assign(new Error('Slow down'), { code: 4290, data: 1 })))
    return server
  }

  it('tell the client what went wrong, unless errors are masked; a tool always does', async () => {
    for (const maskErrors of [false, true]) {
      const handler = createMcpHandler(factory, { maskErrors, onerror: () => {} })
      for (const request of [modern, (method: string, { params }: any) => legacy(method, params)]) {
        const error = async (method: string, params: Record<string, unknown>) =>
          (await answerOf(await handler.fetch(request(method, { params }))))[1]
        expect(await error('resources/read', { uri: 'file:///a.txt' })).toEqual({
          code: -32603,
          message: maskErrors ? 'Internal error' : 'file a.txt is missing',
        })
        expect(await error('prompts/get', { name: 'fail' })).toEqual({
          code: 4290,
          message: 'Slow down',
          data: 1,
        })
        const called = await handler.fetch(request('tools/call', { params: { name: 'fail' } }))
        expect((await called.json()).result).toMatchObject({
          isError: true,
          content: [{ type: 'text', text: 'The tool is stuck' }],
        })
      }
    }
  })

  it('answer 404 to a call where there are no tools', async () => {
    const handler = createMcpHandler(() => new Class(info), { onerror: () => {} })
    expect((await handler.fetch(modern('tools/call', { params: { name: 'x' } }))).status).toBe(404)
  })
})

it('an error of one request of a batch is its own', async () => {
  const handler = createMcpHandler(LOW_LEVEL[0]![1](() => new McpError(ErrorCode.InvalidParams, 'No')))
  const call = (id: string, method: string) => ({ jsonrpc: '2.0', id, method, params: { name: 'x' } })
  const response = await handler.fetch(
    post([call('a', 'tools/call'), call('b', 'acme/other')], { 'mcp-protocol-version': '2025-03-26' }),
  )
  const byId = Object.fromEntries((await response.json()).map(({ id, error }: any) => [id, error.code]))
  expect([response.status, byId]).toEqual([200, { a: -32602, b: -32601 }])
})

it('what a factory throws is masked all the same', async () => {
  const handler = createMcpHandler(
    () => {
      throw Object.assign(new Error('DATABASE_URL is not set'), { code: 5, data: 'secret' })
    },
    { onerror: () => {} },
  )
  for (const request of [modern('tools/list'), legacy('tools/list')]) {
    expect(await answerOf(await handler.fetch(request))).toEqual([
      500,
      { code: -32603, message: 'Internal error' },
    ])
  }
})
