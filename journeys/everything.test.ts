import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createServer } from '@modelcontextprotocol/server-everything/dist/server/index.js'
import { createMcpHandler } from '@portico-mcp/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const URL_OF_SERVER = new URL('http://localhost/mcp')
const root = { uri: 'file:///home', name: 'Home' }
const asked = vi.fn()
const errors: Error[] = []

const handler = createMcpHandler(createServer, {
  requestState: { keys: ['k'.repeat(32)] },
  onerror: (error) => errors.push(error),
})

const client = new Client(
  { name: 'everything', version: '1' },
  {
    capabilities: {
      elicitation: { form: {}, url: {} },
      sampling: { tools: {} },
      roots: { listChanged: true },
    },
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  },
)

beforeAll(async () => {
  client.setRequestHandler('roots/list', () => {
    asked('roots')
    return { roots: [root] }
  })
  client.setRequestHandler('sampling/createMessage', () => {
    asked('sampling')
    return { role: 'assistant', model: 'tested', content: { type: 'text', text: 'sampled' } }
  })
  client.setRequestHandler('elicitation/create', ({ params }) => {
    asked(params.mode ?? 'form')
    return params.mode === 'url' ? { action: 'accept' } : { action: 'accept', content: { name: 'Ann' } }
  })
  const fetch = (input: string | URL, init?: RequestInit) => handler.fetch(new Request(input, init))
  await client.connect(new StreamableHTTPClientTransport(URL_OF_SERVER, { fetch }))
})

afterAll(async () => {
  await client.close()
  await handler.close()
})

/** Every tool, what it is called with, and what its answer holds. */
const TOOLS: [string, Record<string, unknown>, string][] = [
  ['echo', { message: 'hello' }, 'Echo: hello'],
  ['get-annotated-message', { messageType: 'success' }, 'Operation completed successfully'],
  ['get-env', {}, 'PATH'],
  ['get-resource-links', { count: 2 }, 'resource_link'],
  ['get-resource-reference', { resourceType: 'Text', resourceId: 1 }, 'demo://resource'],
  ['get-structured-content', { location: 'New York' }, 'temperature'],
  ['get-sum', { a: 2, b: 3 }, 'The sum of 2 and 3 is 5'],
  ['get-tiny-image', {}, 'image/png'],
  [
    'gzip-file-as-resource',
    { name: 'a.gz', data: 'data:text/plain,hello', outputType: 'resourceLink' },
    'a.gz',
  ],
  ['toggle-simulated-logging', {}, 'simulated'],
  ['toggle-subscriber-updates', {}, 'simulated resource update'],
  ['trigger-long-running-operation', { duration: 0.5, steps: 2 }, 'Long running operation completed'],
  ['get-roots-list', {}, root.uri],
  ['trigger-elicitation-request', {}, 'Name: Ann'],
  ['trigger-url-elicitation', { url: 'https://example.com/open' }, 'accept'],
  ['trigger-sampling-request', { prompt: 'Say it', maxTokens: 10 }, 'sampled'],
  ['simulate-research-query', { topic: 'doors' }, 'Research Report: doors'],
  ['simulate-research-query', { topic: 'gates', ambiguous: true }, 'Research Report: gates'],
]

describe('the reference server, unmodified, in 2026-07-28', () => {
  it('lists 17 tools, those that ask included', async () => {
    const { tools } = await client.listTools()
    expect(tools).toHaveLength(17)
    expect(tools.map(({ name }) => name).sort()).toEqual([...new Set(TOOLS.map(([name]) => name))].sort())
  })

  it.each(TOOLS)('answers %s', async (name, args, expected) => {
    const result = await client.callTool({ name, arguments: args }, { timeout: 30_000 })
    expect(result.isError ?? false).toBe(false)
    expect(JSON.stringify(result)).toContain(expected)
  })

  it('asked for each of what it can ask', () => {
    expect(new Set(asked.mock.calls.flat())).toEqual(new Set(['roots', 'form', 'url', 'sampling']))
  })

  it('sent nothing that was dropped but what its own timers sent, and failed nowhere', () => {
    expect(errors.filter(({ message }) => !message.includes('was dropped'))).toEqual([])
  })
})
