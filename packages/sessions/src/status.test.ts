import { createMcpHandler, type McpHandlerRequestOptions, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { InMemorySessionStore, type SessionsOptions, sessions } from './index.ts'
import { RawClient, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const authInfo = (sub: string, clientId = 'app', iss = 'https://issuer') => ({
  authInfo: { token: `${sub} ${Math.random()}`, clientId, scopes: [], extra: { iss, sub } },
})

function serve(options: SessionsOptions = {}) {
  const stage = new Stage()
  const errors: Error[] = []
  const handler = createMcpHandler(stage.factory, {
    legacy: sessions(options),
    onerror: (error) => errors.push(error),
  })
  return { stage, handler, errors }
}

const codeOf = async (response: Response) => [response.status, (await response.json()).error.code]

describe.each(['POST', 'GET', 'DELETE'])('%s', (method) => {
  const body = method === 'POST' ? { jsonrpc: '2.0', id: 1, method: 'ping' } : undefined

  async function opened(options?: SessionsOptions, caller?: McpHandlerRequestOptions) {
    const served = serve(options)
    const client = new RawClient(served.handler, caller)
    expect((await client.open()).status).toBe(200)
    return { ...served, client }
  }

  it('without an id gets 400', async () => {
    const { client } = await opened()
    expect(await codeOf(await client.send(method, body, { 'mcp-session-id': undefined }))).toEqual([
      400, -32600,
    ])
  })

  it.each(['unknown', crypto.randomUUID(), 'x'.repeat(10_000), '{"a":1}'])(
    'with an unknown id gets 404: %.50s',
    async (id) => {
      const { client } = await opened()
      expect(await codeOf(await client.send(method, body, { 'mcp-session-id': id }))).toEqual([404, -32001])
    },
  )

  it('after the session has ended gets 404', async () => {
    const { client } = await opened()
    expect((await client.send('DELETE')).status).toBe(200)
    expect(await codeOf(await client.send(method, body))).toEqual([404, -32001])
  })

  it('by another principal gets 404, by the same under a new token does not', async () => {
    const { client, handler } = await opened({}, authInfo('ada'))
    for (const caller of [
      authInfo('eve'),
      authInfo('ada', 'app', 'https://other'),
      authInfo('ada', 'other'),
      {},
    ]) {
      const other = new RawClient(handler, caller)
      other.sessionId = client.sessionId
      expect(await codeOf(await other.send(method, body))).toEqual([404, -32001])
    }
    const same = new RawClient(handler, authInfo('ada'))
    same.sessionId = client.sessionId
    const response = await same.send(method, body)
    expect(response.status).toBe(200)
    await response.body?.cancel()
  })

  it('by a principal gets 404 for a session that is nobody’s', async () => {
    const { client, handler } = await opened()
    const other = new RawClient(handler, authInfo('ada'))
    other.sessionId = client.sessionId
    expect(await codeOf(await other.send(method, body))).toEqual([404, -32001])
  })

  it('gets 503 while the store is down, and is served when it is back', async () => {
    const store = new InMemorySessionStore()
    const { client, errors } = await opened({ store })
    const { getSession } = store
    store.getSession = async () => {
      throw new Error('ECONNREFUSED 10.0.0.7:6379')
    }
    const response = await client.send(method, body)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(await response.text()).not.toContain('10.0.0.7')
    expect(errors.at(-1)).toMatchObject({
      reason: 'store-unavailable',
      cause: { message: 'ECONNREFUSED 10.0.0.7:6379' },
    })
    store.getSession = getSession
    const again = await client.send(method, body)
    expect(again.status).toBe(200)
    await again.body?.cancel()
  })

  it.each([
    ['2025-11-25', 'nonsense', 400],
    ['2025-11-25', '1999-01-01', 400],
    ['2025-11-25', undefined, 200],
    ['2025-11-25', '2025-06-18', 200],
    ['2025-06-18', 'nonsense', 400],
    ['2025-03-26', 'nonsense', 200],
    ['2025-03-26', undefined, 200],
  ])('in a session of %s under the version %s gets %i', async (version, header, status) => {
    const { handler } = serve()
    const client = new RawClient(handler, { version })
    await client.open()
    const response = await client.send(method, body, { 'mcp-protocol-version': header })
    expect(response.status).toBe(status)
    await response.body?.cancel()
  })

  it('gets 400 without a version where one is required, but in a session of 2025-03-26', async () => {
    const { handler } = serve({ requireProtocolVersion: true })
    for (const [version, status] of [
      ['2025-11-25', 400],
      ['2025-03-26', 200],
    ] as const) {
      const client = new RawClient(handler, { version })
      await client.open()
      const response = await client.send(method, body, { 'mcp-protocol-version': undefined })
      expect(response.status).toBe(status)
      await response.body?.cancel()
    }
  })
})

it.each(['getSession', 'touchSession', 'claimSession', 'updateSession'] as const)(
  'a request gets 503 or an error of the host, never 404, while the store fails at %s',
  async (method) => {
    const store = new InMemorySessionStore()
    const first = new RawClient(serve({ store }).handler)
    await first.open()
    const client = new RawClient(serve({ store }).handler)
    client.sessionId = first.sessionId
    const works = store[method]
    store[method] = async () => {
      throw new Error('down')
    }
    const response = await client.call('logging/setLevel', { level: 'info' })
    expect([response.status, (await response.json()).error.code]).toEqual([
      method === 'updateSession' ? 200 : 503,
      -32603,
    ])
    store[method] = works as never
    expect((await (await client.call('logging/setLevel', { level: 'info' })).json()).result).toEqual({})
  },
)

it('a factory that gives out one server twice is refused, and the session that has it goes on', async () => {
  const shared = new McpServer({ name: 'shared', version: '1.0.0' })
  const handler = createMcpHandler(() => shared, { legacy: sessions() })
  const first = new RawClient(handler)
  expect((await first.open()).status).toBe(200)
  expect(await codeOf(await new RawClient(handler).open())).toEqual([500, -32603])
  expect((await first.call('ping')).status).toBe(200)
})

describe('initialize', () => {
  it('needs no version in its header, whatever is there', async () => {
    const { handler } = serve({ requireProtocolVersion: true })
    for (const version of [undefined, 'nonsense', '2025-06-18']) {
      const client = new RawClient(handler)
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'a', version: '1' },
      }
      const response = await client.call('initialize', params, { 'mcp-protocol-version': version })
      expect([response.status, (await response.json()).result?.protocolVersion]).toEqual([200, '2025-11-25'])
    }
  })

  it('opens a session whose id is visible ASCII, and negotiates a version', async () => {
    const client = new RawClient(serve().handler)
    const response = await client.open()
    expect(await response.json()).toMatchObject({ result: { protocolVersion: '2025-11-25' } })
    expect(client.sessionId).toMatch(/^[\x21-\x7e]+$/)
    expect((await client.call('ping')).status).toBe(200)
  })

  it('opens a new session under an id that is stale, foreign or alive', async () => {
    const { handler } = serve()
    const first = new RawClient(handler)
    await first.open()
    for (const sessionId of ['stale', first.sessionId]) {
      const client = new RawClient(handler)
      client.sessionId = sessionId
      expect((await client.open()).status).toBe(200)
      expect(client.sessionId).not.toBe(sessionId)
      expect((await client.call('ping')).status).toBe(200)
    }
    expect((await first.call('ping')).status).toBe(200)
  })

  it('leaves no session and no server behind where it is refused', async () => {
    const store = new InMemorySessionStore()
    const { handler, stage } = serve({ store })
    const client = new RawClient(handler)
    for (const params of [
      {},
      { protocolVersion: 1 },
      { protocolVersion: '2025-11-25', capabilities: 'no' },
    ]) {
      const response = await client.call('initialize', params)
      expect(await codeOf(response)).toEqual([200, -32602])
      expect(response.headers.get('mcp-session-id')).toBeNull()
    }
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    }
    expect((await client.call('initialize', params, { accept: 'text/html' })).status).toBe(406)
    expect(
      (await client.send('POST', [{ jsonrpc: '2.0', id: 1, method: 'initialize', params }])).status,
    ).toBe(400)
    expect((await client.send('GET')).status).toBe(400)
    for (const probe of ['OPTIONS', 'HEAD', 'PUT']) expect((await client.send(probe)).status).toBe(405)
    expect(store.size).toBe(0)
    expect(stage.closed).toBe(stage.built.length)
  })

  it('is answered 503 while the store is down, and leaves no server behind', async () => {
    const store = new InMemorySessionStore()
    store.createSession = async () => {
      throw new Error('down')
    }
    const { handler, stage } = serve({ store })
    expect((await new RawClient(handler).open()).status).toBe(503)
    await until(() => stage.closed === 1)
  })

  it('is answered as a stream to a client that takes nothing else', async () => {
    const client = new RawClient(serve().handler)
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    }
    const response = await client.call('initialize', params, { accept: 'text/event-stream' })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('mcp-session-id')).toBeTruthy()
    expect(await response.text()).toContain('"protocolVersion":"2025-06-18"')
  })

  it('is answered 500 where the generator names no session, or one that is there', async () => {
    for (const id of ['', 'two words', 'grün', 'x'.repeat(300)]) {
      const { handler, errors } = serve({ sessionIdGenerator: () => id })
      expect((await new RawClient(handler).open()).status).toBe(500)
      expect(errors[0]?.cause).toEqual(
        new Error('sessionIdGenerator: the id must have 1 to 256 visible ASCII characters'),
      )
    }
    const { handler } = serve({ sessionIdGenerator: () => 'always/the{same}' })
    const first = new RawClient(handler)
    expect((await first.open()).status).toBe(200)
    expect((await new RawClient(handler).open()).status).toBe(500)
    expect((await first.call('ping')).status).toBe(200)
  })

  it('is refused where it says more than a record may hold', async () => {
    const client = new RawClient(serve().handler)
    const response = await client.open({ experimental: { much: { text: 'x'.repeat(100_000) } } })
    expect([response.status, response.headers.get('mcp-session-id')]).toEqual([400, null])
  })
})

describe('a request', () => {
  it('is answered by the one server of its session', async () => {
    const { handler, stage } = serve()
    const clients = [new RawClient(handler), new RawClient(handler)]
    for (const client of clients) await client.open()
    for (const client of clients) {
      const { result } = await (await client.tool('session')).json()
      expect(result.content[0].text).toBe(client.sessionId)
    }
    expect(stage.built.length).toBe(2)
  })

  it('is refused while another of the same id is in flight', async () => {
    const { handler, stage } = serve()
    const client = new RawClient(handler)
    await client.open()
    const body = {
      jsonrpc: '2.0',
      id: 'same',
      method: 'tools/call',
      params: { name: 'wait', arguments: { key: 'a' } },
    }
    const first = client.send('POST', body)
    await until(() => stage.gates.has('a'))
    expect(await codeOf(await client.send('POST', body))).toEqual([400, -32600])
    stage.open('a')
    expect((await (await first).json()).result.content[0].text).toBe('waited for a')
  })

  it('is served in a batch in a session of 2025-03-26 alone', async () => {
    const { handler } = serve()
    const batch = [
      { jsonrpc: '2.0', id: 1, method: 'ping' },
      { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
      { jsonrpc: '2.0', id: 2, method: 'ping' },
    ]
    for (const [version, status] of [
      ['2025-03-26', 200],
      ['2025-06-18', 400],
    ] as const) {
      const client = new RawClient(handler, { version })
      await client.open()
      const response = await client.send('POST', batch)
      expect(response.status).toBe(status)
      if (status === 200) expect((await response.json()).map(({ id }: { id: number }) => id)).toEqual([1, 2])
    }
  })

  it('is cancelled by its client, and by no other session', async () => {
    const { handler, stage } = serve()
    const [client, other] = [new RawClient(handler), new RawClient(handler)]
    await client.open()
    await other.open()
    const body = {
      jsonrpc: '2.0',
      id: 'mine',
      method: 'tools/call',
      params: { name: 'wait', arguments: { key: 'a' } },
    }
    const call = client.send('POST', body)
    await until(() => stage.gates.has('a'))
    expect((await other.notify('notifications/cancelled', { requestId: 'mine' })).status).toBe(202)
    expect((await (await other.call('ping')).json()).result).toEqual({})
    expect(stage.aborted).toEqual([])
    expect((await client.notify('notifications/cancelled', { requestId: 'mine' })).status).toBe(202)
    expect(stage.aborted).toEqual(['a'])
    expect((await call).status).toBe(202)
  })

  it('that takes too long is answered 504, and its handler aborted', async () => {
    const stage = new Stage()
    const handler = createMcpHandler(stage.factory, { legacy: sessions(), requestTimeoutMs: 20 })
    const client = new RawClient(handler)
    await client.open()
    expect((await client.tool('wait', { key: 'late' })).status).toBe(504)
    expect(stage.aborted).toEqual(['late'])
    expect((await client.call('ping')).status).toBe(200)
  })

  it('goes on where the server closes itself: the next one finds another', async () => {
    const { handler, stage } = serve()
    const client = new RawClient(handler)
    await client.open()
    expect((await client.tool('close')).status).toBe(500)
    expect((await client.call('ping')).status).toBe(200)
    expect(stage.built.length).toBe(2)
  })
})
