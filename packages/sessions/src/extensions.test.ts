import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  createMcpHandler,
  type ExtensionMethod,
  type McpExtension,
  type McpHandlerRequestOptions,
  McpServer,
} from '@portico-mcp/core'
import { describe, expect, it, vi } from 'vitest'
import {
  encryptedSessionIds,
  InMemoryEventStore,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
import { EventReader, RawClient } from './testing/http.ts'

const ID = 'com.example/clock'
const OFFERED = { tasks: { list: {} } }
const authInfo = { token: 't', clientId: 'app', scopes: [], extra: { sub: 'ada' } }

const readJson = async (response: Response): Promise<any> => response.json()

function serve(
  methods: Record<string, ExtensionMethod['handle']>,
  { Server = McpServer, ...options }: SessionsOptions & { Server?: typeof McpServer } = {},
) {
  const onerror = vi.fn()
  const extension: McpExtension = {
    id: ID,
    methods: { 'clock/modern': { handle: () => ({}) } },
    legacy: {
      capabilities: OFFERED as never,
      methods: Object.fromEntries(Object.entries(methods).map(([name, handle]) => [name, { handle }])),
    },
  }
  const factory = () => {
    const server = new Server({ name: 'extended', version: '1.0.0' })
    server.registerTool('run', {}, async () => ({ content: [{ type: 'text', text: 'ran' }] }))
    return server
  }
  const handler = createMcpHandler(factory, { legacy: sessions(options), extensions: [extension], onerror })
  return { handler, onerror }
}

async function open(
  { handler }: ReturnType<typeof serve>,
  capabilities: object = {},
  options: McpHandlerRequestOptions & { version?: string } = {},
) {
  const client = new RawClient(handler, options)
  const response = await client.open(capabilities)
  return { client, result: (await readJson(response)).result }
}

describe.each([
  ['Portico', McpServer],
  ['the SDK', SdkMcpServer as unknown as typeof McpServer],
])('a session with an extension and a server of %s', (_, Server) => {
  it('adds the capabilities of the extension to the result of initialize', async () => {
    const { result } = await open(serve({}, { Server }))
    expect(result.capabilities).toMatchObject({ ...OFFERED, tools: { listChanged: true } })
  })

  it('answers the 2025-era methods of the extension, and no others', async () => {
    const { client } = await open(serve({ 'clock/old': () => ({ now: 'noon' }) }, { Server }))
    const answer = await client.call('clock/old')
    expect([answer.status, (await readJson(answer)).result]).toEqual([200, { now: 'noon' }])
    expect((await readJson(await client.call('clock/modern'))).error.code).toBe(-32601)
    expect((await readJson(await client.tool('run'))).result.content[0].text).toBe('ran')
  })
})

it('passes the request, the caller and the capabilities of initialize to the method', async () => {
  const handle = vi.fn<ExtensionMethod['handle']>(() => ({}))
  const capabilities = { roots: {}, extensions: { [ID]: {} } }
  const { client } = await open(serve({ 'clock/old': handle }), capabilities, { authInfo })
  await client.call('clock/old', { zone: 'UTC' }, { 'x-trace': 'abc' })
  const [request] = handle.mock.calls[0]!
  expect(request).toMatchObject({
    era: 'legacy',
    isDeclared: true,
    clientCapabilities: capabilities,
    authInfo,
    message: { method: 'clock/old', params: { zone: 'UTC' } },
  })
  expect(request.http.headers.get('x-trace')).toBe('abc')
})

it('says that a client which does not declare the extension has not declared it', async () => {
  const { client } = await open(serve({ 'clock/old': ({ isDeclared }) => ({ isDeclared }) }), { roots: {} })
  expect((await readJson(await client.call('clock/old'))).result).toEqual({ isDeclared: false })
})

it('answers on another node, and in a session that is in its id', async () => {
  const methods = { 'clock/old': ({ clientCapabilities }: any) => ({ clientCapabilities }) }
  const keys = ['a secret of at least 32 characters']
  for (const store of [new InMemorySessionStore(), encryptedSessionIds({ keys })]) {
    const [one, two] = [serve(methods, { store }), serve(methods, { store })]
    const { client } = await open(one, { sampling: {} })
    const moved = new RawClient(two.handler)
    moved.sessionId = client.sessionId
    expect((await readJson(await moved.call('clock/old'))).result).toEqual({
      clientCapabilities: { sampling: {} },
    })
  }
})

it('sends an error with a code to the client, and masks any other', async () => {
  const served = serve({
    'clock/fails': () => {
      throw Object.assign(new Error('No such zone'), { code: -32602, data: { zone: 'X' } })
    },
    'clock/breaks': () => Promise.reject(new TypeError('/etc/secret')),
  })
  const { client } = await open(served)
  expect((await readJson(await client.call('clock/fails'))).error).toEqual({
    code: -32602,
    message: 'No such zone',
    data: { zone: 'X' },
  })
  const broken = await client.call('clock/breaks')
  expect(JSON.stringify(await readJson(broken))).not.toContain('secret')
  expect(served.onerror).toHaveBeenCalled()
  expect((await client.call('ping')).status).toBe(200)
})

it('answers on an event stream where the client accepts nothing else, also with an event store', async () => {
  const methods = { 'clock/old': () => ({ now: 'noon' }) }
  for (const options of [{}, { eventStore: new InMemoryEventStore() }]) {
    const { client } = await open(serve(methods, options))
    const response = await client.call('clock/old', {}, { accept: 'text/event-stream' })
    expect(await new EventReader(response).rest()).toMatchObject([{ result: { now: 'noon' } }])
  }
})

it('answers in a batch beside the server', async () => {
  const served = serve({ 'clock/old': () => ({ now: 'noon' }) })
  const { client } = await open(served, {}, { version: '2025-03-26' })
  const batch = [
    { jsonrpc: '2.0', id: 'a', method: 'clock/old' },
    { jsonrpc: '2.0', id: 'b', method: 'ping' },
  ]
  const answers = await readJson(await client.send('POST', batch))
  expect(answers).toHaveLength(2)
  expect(answers).toEqual(
    expect.arrayContaining([
      { jsonrpc: '2.0', id: 'a', result: { now: 'noon' } },
      { jsonrpc: '2.0', id: 'b', result: {} },
    ]),
  )
})

it('drops the answer of a method whose request was cancelled', async () => {
  let finish!: (result: object) => void
  const started = vi.fn()
  const served = serve({
    'clock/old': () => {
      started()
      return new Promise((resolve) => {
        finish = resolve
      })
    },
  })
  const { client } = await open(served)
  const answering = client.send('POST', { jsonrpc: '2.0', id: 'slow', method: 'clock/old' })
  await vi.waitFor(() => expect(started).toHaveBeenCalled())
  await client.notify('notifications/cancelled', { requestId: 'slow' })
  const response = await answering
  finish({ now: 'too late' })
  expect(await response.text()).not.toContain('too late')
  expect((await client.call('ping')).status).toBe(200)
  expect(served.onerror).not.toHaveBeenCalled()
})
