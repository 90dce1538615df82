import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
import { EventReader, RawClient, until } from './testing/http.ts'

afterEach(() => vi.useRealTimers())

/** Two nodes that count what they run. */
async function startTwoNodes(options: SessionsOptions = {}, version?: string) {
  const shared = { store: new InMemorySessionStore(), bus: new InMemorySessionBus() }
  const runs: string[] = []
  const gates: (() => void)[] = []
  const start = (): McpHttpHandler =>
    createMcpHandler(
      () => {
        const server = new McpServer({ name: 'paying', version: '1.0.0' })
        const answer = { content: [{ type: 'text' as const, text: 'paid' }] }
        server.registerTool('pay', {}, () => {
          runs.push('pay')
          return answer
        })
        server.registerTool('wait', {}, async () => {
          runs.push('wait')
          await new Promise<void>((resolve) => gates.push(resolve))
          return answer
        })
        server.registerPrompt('greet', {}, () => {
          runs.push('greet')
          return { messages: [] }
        })
        return server
      },
      { legacy: sessions({ ...shared, ...options }), onerror: () => {} },
    )
  const nodes = [start(), start()] as const
  const clients = nodes.map((node) => new RawClient(node, version ? { version } : {}))
  const [a, b] = clients as [RawClient, RawClient]
  await a.open()
  b.sessionId = a.sessionId
  return { ...shared, nodes, a, b, runs, gates }
}

const call = (name: string, id: unknown = 7) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
})

const IN_USE = { error: { code: -32600, message: expect.stringContaining('in use') } }

const readAnswer = async (response: Response): Promise<any> =>
  response.headers.get('content-type')?.startsWith('text/event-stream')
    ? (await new EventReader(response).rest()).at(-1)
    : response.json()

describe('a request that reaches two nodes', () => {
  it.each([
    ['without an event store', {}, call('pay')],
    ['with an event store', { eventStore: new InMemoryEventStore() }, call('pay', 'text')],
    ['for a prompt', {}, { ...call(''), method: 'prompts/get', params: { name: 'greet' } }],
  ])('at once runs on one of them, %s', async (_, options, body) => {
    const { a, b, runs } = await startTwoNodes(options)
    const responses = await Promise.all([a.send('POST', body), b.send('POST', body)])
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400])
    const answers = await Promise.all(responses.map(readAnswer))
    expect(answers.find(({ error }) => error)).toMatchObject(IN_USE)
    expect(runs.length).toBe(1)
  })

  it('runs on one for as long as it runs', async () => {
    const { a, b, runs, gates } = await startTwoNodes()
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'performance'], shouldAdvanceTime: true })
    const running = a.send('POST', call('wait'))
    await until(() => runs.length)
    for (let seconds = 0; seconds < 120; seconds += 20) {
      await vi.advanceTimersByTimeAsync(20_000)
      expect((await b.send('POST', call('wait'))).status).toBe(400)
    }
    gates[0]?.()
    expect((await running).status).toBe(200)
    expect(runs.length).toBe(1)
  })

  it('runs on one while it runs there, with a long id', async () => {
    const { a, b, runs, gates } = await startTwoNodes()
    const waiting = call('wait', 'x'.repeat(5000))
    const running = a.send('POST', waiting)
    await until(() => runs.length)
    expect((await b.send('POST', waiting)).status).toBe(400)
    gates[0]?.()
    expect((await running).status).toBe(200)
    expect(runs.length).toBe(1)
  })

  it('runs on one where it is part of a batch', async () => {
    const { a, b, runs } = await startTwoNodes({}, '2025-03-26')
    const responses = await Promise.all([
      a.send('POST', [call('pay', 1), call('pay', 2)]),
      b.send('POST', [call('pay', 2), call('pay', 3)]),
    ])
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(runs.length).toBe(2)
    // what the refused batch had claimed for itself is free for the node that it was sent to
    const refused = responses[0]?.status === 400 ? a : b
    expect((await refused.send('POST', call('pay', refused === a ? 1 : 3))).status).toBe(200)
  })
})

it('runs requests of different ids, and of different sessions, at once', async () => {
  const { a, b, nodes, runs } = await startTwoNodes()
  const stranger = new RawClient(nodes[1])
  await stranger.open()
  const responses = await Promise.all([
    a.send('POST', call('pay', 1)),
    b.send('POST', call('pay', '1')),
    b.send('POST', call('pay', 2)),
    stranger.send('POST', call('pay', 1)),
  ])
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(runs.length).toBe(4)
})

it('takes an id again on any node once its request is answered, as one node does', async () => {
  const { a, b, runs } = await startTwoNodes()
  for (const node of [a, b, b, a]) expect((await node.send('POST', call('pay'))).status).toBe(200)
  expect(runs.length).toBe(4)
})

it('takes an id again on its node where the store is slow to release it', async () => {
  const { a, store } = await startTwoNodes()
  const { claimSession } = store
  store.claimSession = async (...claimed) => {
    const release = await claimSession.apply(store, claimed)
    return (
      release && Object.assign(() => new Promise((resolve) => setTimeout(resolve, 20)).then(release), release)
    )
  }
  for (let count = 0; count < 3; count++) expect((await a.send('POST', call('pay'))).status).toBe(200)
})

it('lists on two nodes at once, under one id: that changes nothing', async () => {
  const { a, b } = await startTwoNodes()
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
  const responses = await Promise.all([a.send('POST', body), b.send('POST', body)])
  expect(responses.map(({ status }) => status)).toEqual([200, 200])
})

it('frees an id once the node that ran it has closed, or has died', async () => {
  const { a, b, nodes, runs, store } = await startTwoNodes()
  await a.send('POST', call('pay', 'closed'))
  await nodes[0].close()
  expect((await b.send('POST', call('pay', 'closed'))).status).toBe(200)
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'performance'], shouldAdvanceTime: true })
  // the claim of a process that is gone is neither renewed nor released
  await store.claimSession(`${a.sessionId}.${encodeURIComponent('"died"')}`, 15_000)
  expect((await b.send('POST', call('pay', 'died'))).status).toBe(400)
  await vi.advanceTimersByTimeAsync(15_001)
  expect((await b.send('POST', call('pay', 'died'))).status).toBe(200)
  expect(runs.length).toBe(3)
})

it('runs nothing (503) where the store cannot say who runs it', async () => {
  const { a, store, runs } = await startTwoNodes()
  store.claimSession = async () => {
    throw new Error('down')
  }
  expect((await a.send('POST', call('pay'))).status).toBe(503)
  expect(runs).toEqual([])
})

it('runs nothing of a call that was cancelled while its id was claimed, and frees the id', async () => {
  const { a, b, store, runs } = await startTwoNodes()
  const { claimSession } = store
  let claim!: () => void
  const held = new Promise<void>((resolve) => {
    claim = resolve
  })
  let isAsked = false
  store.claimSession = async (...claimed) => {
    if (claimed[0] !== a.sessionId) {
      isAsked = true
      await held
    }
    return claimSession.apply(store, claimed)
  }
  const called = a.send('POST', call('pay'))
  await until(() => isAsked)
  await a.notify('notifications/cancelled', { requestId: 7 })
  claim()
  expect((await called).status).toBe(202)
  expect(runs).toEqual([])
  await until(async () => (await b.send('POST', call('pay'))).status === 200)
})

it('serves sessions of a store that has no claims', async () => {
  const store = Object.assign(new InMemorySessionStore(), { claimSession: undefined as never })
  const { a } = await startTwoNodes({ store })
  expect((await a.send('POST', call('pay'))).status).toBe(200)
})
