import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type EncryptedSessionIdsOptions,
  encryptedSessionIds,
  InMemorySessionBus,
  sessions,
} from './index.ts'
import { EventReader, RawClient } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const OLD = 'an old secret of thirty-two characters'
const NEW = 'a new secret of thirty-two characters!'

afterEach(() => vi.useRealTimers())

function serve(options: Partial<EncryptedSessionIdsOptions> = {}, bus?: InMemorySessionBus) {
  const stage = new Stage()
  const store = encryptedSessionIds({ keys: [OLD], ...options })
  const handler = createMcpHandler(stage.factory, { legacy: sessions({ store, ...(bus && { bus }) }) })
  return { stage, handler }
}

async function open(handler = serve().handler, caller = {}) {
  const client = new RawClient(handler, caller)
  const response = await client.open({ elicitation: {} })
  return { client, response }
}

/** The same client before another handler. */
function moved(client: RawClient, { handler } = serve(), caller = {}) {
  const other = new RawClient(handler, caller)
  other.sessionId = client.sessionId
  return other
}

const authInfo = (clientId: string) => ({ authInfo: { token: 't', clientId, scopes: [] } })

describe('a sealed session', () => {
  it('is served by any handler with the key, with all that the client said', async () => {
    const { client } = await open()
    const { result } = await (await moved(client).tool('client')).json()
    expect(JSON.parse(result.content[0].text)).toMatchObject([{ name: 'raw' }, { elicitation: {} }])
  })

  it('has an id of visible ASCII, of bounded length, that says nothing', async () => {
    const { client } = await open(serve().handler, authInfo('ada'))
    expect(client.sessionId).toMatch(/^[\x21-\x7e]{1,4096}$/)
    for (const part of client.sessionId!.split('.'))
      expect(atob(part.replace(/[-_]/g, 'A'))).not.toMatch(/raw|ada|elicit/)
  })

  it('is refused (400) where its id would be too long', async () => {
    const client = new RawClient(serve().handler)
    const response = await client.open({ experimental: { much: { text: 'x'.repeat(5000) } } })
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([400, null])
  })

  it('belongs to its principal', async () => {
    const { client } = await open(serve().handler, authInfo('ada'))
    expect((await moved(client, serve(), authInfo('ada')).call('ping')).status).toBe(200)
    expect((await moved(client, serve(), authInfo('eve')).call('ping')).status).toBe(404)
    expect((await moved(client).call('ping')).status).toBe(404)
  })

  it('ends in time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { client } = await open(serve({ ttlMs: 60_000 }).handler)
    vi.setSystemTime(Date.now() + 50_000)
    expect((await moved(client).call('ping')).status).toBe(200)
    vi.setSystemTime(Date.now() + 20_000)
    expect((await client.call('ping')).status).toBe(404)
  })

  it('is unknown where it was changed, or sealed by another key', async () => {
    const { client } = await open()
    const id = client.sessionId!
    const forged = [
      id.slice(0, -2),
      `${id}A`,
      id.replace(/.(?=.{9}$)/, (char) => (char === 'A' ? 'B' : 'A')),
      id.split('.').reverse().join('.'),
      '....',
      'x'.repeat(9000),
    ]
    // an unsigned token, and one that names a key of its own
    forged.push(`${btoa('{"alg":"none"}')}.${btoa('{}')}.`, `${btoa('{"alg":"dir","enc":"A256GCM"}')}....`)
    for (const sessionId of forged) {
      client.sessionId = sessionId
      expect((await client.call('ping')).status).toBe(404)
    }
    client.sessionId = id
    expect((await moved(client, serve({ keys: [NEW] })).call('ping')).status).toBe(404)
  })

  it('outlives a new key, for as long as the old one is kept', async () => {
    const { client } = await open()
    const both = serve({ keys: [NEW, OLD] })
    expect((await moved(client, both).call('ping')).status).toBe(200)
    const { client: later } = await open(both.handler)
    expect((await moved(later, serve({ keys: [NEW] })).call('ping')).status).toBe(200)
    expect((await moved(later).call('ping')).status).toBe(404)
  })

  it('says plainly what it cannot do, and does not offer it', async () => {
    const { client, response } = await open()
    const { capabilities } = (await response.json()).result
    expect(capabilities).toMatchObject({ resources: { listChanged: true }, logging: {} })
    expect(capabilities.resources).not.toHaveProperty('subscribe')
    const ended = await client.send('DELETE')
    expect([ended.status, ended.headers.get('allow')]).toEqual([405, 'POST, GET'])
    for (const [method, params] of [
      ['logging/setLevel', { level: 'info' }],
      ['resources/subscribe', { uri: 'doc://one' }],
    ] as const) {
      expect((await (await client.call(method, params)).json()).error).toMatchObject({
        code: -32601,
        message: expect.stringContaining('session with an encrypted id'),
      })
    }
  })

  it('takes the answer to a question, in this process or through the bus', async () => {
    const bus = new InMemorySessionBus()
    const [a, b] = [serve({}, bus), serve({}, bus)]
    const { client } = await open(a.handler)
    for (const node of [a, b]) {
      const stream = new EventReader(await client.tool('ask', { related: true }))
      const { id } = await stream.message()
      const answering = moved(client, node)
      expect((await answering.answer(id, { action: 'accept', content: { name: 'Ada' } })).status).toBe(202)
      const [answer] = await stream.rest()
      expect(answer.result.content[0].text).toContain('Ada')
    }
  })

  it('hears of changes on its standalone stream', async () => {
    const { handler } = serve()
    const { client } = await open(handler)
    const stream = new EventReader(await client.listen())
    handler.notify.toolsChanged()
    expect((await stream.message()).method).toBe('notifications/tools/list_changed')
  })
})

describe('sealed sessions of endpoints with the same keys', () => {
  const SECRET = 'a secret that two endpoints have in common'

  function endpoint(path: string, name = 'desk', purpose?: EncryptedSessionIdsOptions['purpose']) {
    const factory = () => {
      const server = new McpServer({ name, version: '1.0.0' })
      server.registerTool('ping', {}, () => ({ content: [] }))
      return server
    }
    const store = encryptedSessionIds({ keys: [SECRET], purpose })
    const handler = createMcpHandler(factory, { legacy: sessions({ store }), onerror: () => {} })
    const fetch = (request: Request): Promise<Response> =>
      handler.fetch(new Request(new URL(path, request.url), request))
    return { fetch }
  }
  type Endpoint = ReturnType<typeof endpoint>

  async function statusesAt(from: Endpoint, to: Endpoint, caller = {}): Promise<number[]> {
    const client = new RawClient(from, caller)
    await client.open()
    const other = new RawClient(to, caller)
    other.sessionId = client.sessionId
    return [
      (await other.tool('ping')).status,
      (await other.call('ping')).status,
      (await client.tool('ping')).status,
    ]
  }

  it.each<[string, Endpoint, Endpoint]>([
    ['path', endpoint('/public'), endpoint('/admin')],
    ['path below another', endpoint('/mcp'), endpoint('/mcp/admin')],
    ['server', endpoint('/mcp', 'public'), endpoint('/mcp', 'admin')],
    ['purpose', endpoint('/mcp', 'desk', 'staging'), endpoint('/mcp', 'desk', 'production')],
    ['purpose that is a path', endpoint('/admin'), endpoint('/admin', 'desk', '/admin')],
    ['purpose, where it had none', endpoint('/mcp'), endpoint('/mcp', 'desk', 'production')],
  ])('are unknown (404) at one of another %s', async (_, from, to) => {
    expect(await statusesAt(from, to)).toEqual([404, 404, 200])
    expect(await statusesAt(to, from, authInfo('ada'))).toEqual([404, 404, 200])
  })

  it.each<[string, Endpoint, Endpoint]>([
    ['path and server', endpoint('/mcp'), endpoint('/mcp/')],
    [
      'purpose, at another path and of a server that was renamed',
      endpoint('/a', 'a', 'p'),
      endpoint('/b', 'b', 'p'),
    ],
    ['purpose as one of several', endpoint('/mcp', 'desk', 'old'), endpoint('/mcp', 'desk', ['new', 'old'])],
  ])('are served by another node of the same %s', async (_, from, to) => {
    expect(await statusesAt(from, to)).toEqual([200, 200, 200])
  })

  it('are sealed for the first of several purposes', async () => {
    const renamed = endpoint('/mcp', 'desk', ['new', 'old'])
    expect(await statusesAt(renamed, endpoint('/mcp', 'desk', 'new'))).toEqual([200, 200, 200])
    expect(await statusesAt(renamed, endpoint('/mcp', 'desk', 'old'))).toEqual([404, 404, 200])
  })

  it.each(['', [], ['a', ''], [1] as never])('have a purpose that says something: %o', (purpose) => {
    expect(() => encryptedSessionIds({ keys: [SECRET], purpose })).toThrow(/purpose must be a string/)
  })
})

it.each([[[]], [['short']], [[new Uint8Array(16)]], [[undefined as never]]])(
  'is not built of the keys %o',
  (keys) => {
    expect(() => encryptedSessionIds({ keys })).toThrow(TypeError)
  },
)
