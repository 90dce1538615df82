import {
  McpServer as McpServer2,
  ProtocolError,
  Server as Server2,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import type { McpServerLike } from '../server/factory.ts'
import { ask, legacy, modern } from '../testing/requests.ts'

const LINK = { mode: 'url', message: 'Sign in', elicitationId: 'e', url: 'https://a.test/' } as const
const KEYS = ['a secret of at least 32 characters']

type Handle = () => Promise<never>

const info = { name: 'links', version: '1' }
const URL_MODE = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } } }

const SERVERS: [string, (handle: Handle) => unknown][] = [
  [
    'a 2.x McpServer',
    (handle) => {
      const server = new McpServer2(info)
      server.registerTool('x', {}, handle)
      server.registerPrompt('x', {}, handle)
      server.registerResource('x', 'a://x', {}, handle)
      return server
    },
  ],
  [
    'a low-level server of 2.x',
    (handle) => {
      const server = new Server2(info, { capabilities: { tools: {}, prompts: {}, resources: {} } })
      server.setRequestHandler('tools/call', handle)
      server.setRequestHandler('prompts/get', handle)
      server.setRequestHandler('resources/read', handle)
      return server
    },
  ],
]

const CALLS: [string, Record<string, unknown>][] = [
  ['tools/call', { name: 'x' }],
  ['prompts/get', { name: 'x' }],
  ['resources/read', { uri: 'a://x' }],
]

describe.each(SERVERS)('%s that throws for a URL to be opened', (_, build) => {
  const serve = (thrown: () => unknown) => {
    const onerror = vi.fn()
    const handler = createMcpHandler(
      () =>
        build(async () => {
          throw thrown()
        }) as McpServerLike,
      { onerror, requestState: { keys: KEYS } },
    )
    return { handler, onerror }
  }
  const required = () => new UrlElicitationRequiredError([LINK])

  it.each(CALLS)('has it opened by a 2026-07-28 client: %s', async (method, params) => {
    const { handler, onerror } = serve(required)
    const { result } = await ask(handler, modern(method, { params, meta: URL_MODE }))
    expect(result).toMatchObject({
      resultType: 'input_required',
      inputRequests: {
        'open-1': {
          method: 'elicitation/create',
          params: { mode: 'url', message: 'Sign in', url: 'https://a.test/' },
        },
      },
    })
    expect(onerror).not.toHaveBeenCalled()
  })

  it('asks for the capability where the client has not declared it', async () => {
    const { handler } = serve(required)
    const response = await handler.fetch(modern('tools/call', { params: { name: 'x' } }))
    expect([response.status, (await response.json()).error.code]).toEqual([400, -32021])
  })

  it('asks for all links of a list', async () => {
    const { handler } = serve(() => new UrlElicitationRequiredError([LINK, { ...LINK, elicitationId: 'f' }]))
    const { result } = await ask(handler, modern('tools/call', { params: { name: 'x' }, meta: URL_MODE }))
    expect(Object.keys(result.inputRequests)).toEqual(['open-1', 'open-2'])
  })

  it.each(CALLS)('tells a 2025-era client as ever: %s', async (method, params) => {
    const { handler } = serve(required)
    const { error } = await ask(handler, legacy(method, params))
    expect(error).toMatchObject({ code: -32042, data: { elicitations: [LINK] } })
  })

  it('is answered with an error where there is no list of links', async () => {
    for (const data of [undefined, {}, { elicitations: 'none' }, 'text']) {
      const { handler } = serve(() => new ProtocolError(-32042, 'Nothing to open', data))
      const { error } = await ask(handler, modern('tools/call', { params: { name: 'x' }, meta: URL_MODE }))
      expect(error.code).toBeLessThan(-32000)
    }
  })
})
