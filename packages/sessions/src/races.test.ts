import { createMcpHandler, type McpHttpHandler } from '@portico-mcp/core'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
import { hold } from './testing/hold.ts'
import { EventReader, RawClient, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

let store: InMemorySessionStore
let eventStore: InMemoryEventStore
let bus: InMemorySessionBus

beforeEach(() => {
  store = new InMemorySessionStore()
  eventStore = new InMemoryEventStore()
  bus = new InMemorySessionBus()
})

interface TestNode {
  stage: Stage
  handler: McpHttpHandler
}

function startNode(options: SessionsOptions = {}): TestNode {
  const stage = new Stage()
  const handler = createMcpHandler(stage.factory, {
    legacy: sessions({ store, eventStore, ...options }),
    keepAliveMs: 0,
  })
  return { stage, handler }
}

async function open({ handler }: TestNode): Promise<RawClient> {
  const client = new RawClient(handler)
  expect((await client.open()).status).toBe(200)
  return client
}

/** The same client before a node that does not have its session yet. */
function moved(client: RawClient, { handler }: TestNode): RawClient {
  const other = new RawClient(handler)
  other.sessionId = client.sessionId
  return other
}

const WAIT = {
  jsonrpc: '2.0',
  id: 'x',
  method: 'tools/call',
  params: { name: 'wait', arguments: { key: 'a' } },
}

const JSON_ALONE = { accept: 'application/json' }

const textOf = async (response: Response): Promise<string> => {
  const text = await response.text()
  return text.replaceAll(/^(id|retry|data): ?.*$/gm, (line) => (line.includes('jsonrpc') ? line : ''))
}

describe('a call that is cancelled before its server has it', () => {
  it('does not run, where its stream was being opened', async () => {
    const node = startNode()
    const client = await open(node)
    const held = hold(eventStore, 'storeEvent')
    const calling = client.send('POST', WAIT)
    await held.reached
    expect((await client.notify('notifications/cancelled', { requestId: 'x' })).status).toBe(202)
    held.letGo()
    expect(await textOf(await calling)).not.toContain('jsonrpc')
    expect((await client.call('ping')).status).toBe(200)
    expect(node.stage.gates.size).toBe(0)
  })

  it('does not run, where its server was being built', async () => {
    const node = startNode()
    const client = moved(await open(startNode()), node)
    const held = hold(store, 'claimSession')
    const calling = client.send('POST', WAIT, JSON_ALONE)
    await held.reached
    expect((await client.notify('notifications/cancelled', { requestId: 'x' })).status).toBe(202)
    held.letGo()
    expect((await calling).status).toBe(202)
    expect((await client.call('ping')).status).toBe(200)
    expect(node.stage.gates.size).toBe(0)
  })
})

describe('a session that is ended while a call of it begins', () => {
  it('has no server built for it, where the stream was being opened', async () => {
    const node = startNode()
    const client = moved(await open(startNode()), node)
    const held = hold(eventStore, 'storeEvent')
    const calling = client.send('POST', WAIT)
    await held.reached
    expect((await client.send('DELETE')).status).toBe(200)
    held.letGo()
    expect((await calling).status).toBe(404)
    expect([node.stage.built.length - node.stage.closed, node.stage.gates.size]).toEqual([0, 0])
  })

  it('keeps no server, where one was being built', async () => {
    const node = startNode()
    const client = moved(await open(startNode()), node)
    const held = hold(store, 'claimSession')
    const calling = client.send('POST', WAIT, JSON_ALONE)
    await held.reached
    const ending = client.send('DELETE')
    await until(() => store.size === 0)
    held.letGo()
    expect((await ending).status).toBe(200)
    expect((await calling).status).toBe(404)
    expect([node.stage.built.length - node.stage.closed, node.stage.gates.size]).toEqual([0, 0])
  })
})

it('a handler that closes while a session is opened keeps no server', async () => {
  for (let delay = 0; delay < 40; delay++) {
    const node = startNode({ bus })
    const { listen } = bus
    let closing: Promise<void> | undefined
    bus.listen = async (...channel) => {
      const stop = await listen.apply(bus, channel)
      const close = async (): Promise<void> => {
        for (let turn = 0; turn < delay; turn++) await undefined
        await node.handler.close()
      }
      closing = close()
      return stop
    }
    await new RawClient(node.handler).open().catch(() => {})
    bus.listen = listen
    await closing
    expect([delay, node.stage.built.length]).toEqual([delay, node.stage.closed])
  }
})

describe('a session whose record is being touched', () => {
  it('does not make room for another', async () => {
    const node = startNode({ maxSessions: 1 })
    const client = moved(await open(startNode()), node)
    const held = hold(store, 'touchSession')
    const calling = client.call('ping')
    await held.reached
    expect((await new RawClient(node.handler).open()).status).toBe(503)
    held.letGo()
    expect((await calling).status).toBe(200)
  })

  it.each(['POST', 'GET', 'DELETE'])(
    'is not said to be gone where the handler closes: %s',
    async (method) => {
      const node = startNode()
      const client = moved(await open(startNode()), node)
      const held = hold(store, 'touchSession')
      const body = method === 'POST' ? { jsonrpc: '2.0', id: 1, method: 'ping' } : undefined
      const answering = client.send(method, body)
      await held.reached
      await node.handler.close()
      held.letGo()
      const response = await answering
      expect([response.status, store.size]).toEqual([503, 1])
    },
  )
})

it.each(['closes', 'ends it'])(
  'a session that another node restores keeps nobody waiting when the host %s',
  { timeout: 4000 },
  async (how) => {
    const node = startNode()
    const client = moved(await open(startNode()), node)
    let asked = 0
    store.claimSession = async () => {
      asked += 1
      return undefined
    }
    const calling = client.call('ping')
    await until(() => asked > 0)
    if (how === 'closes') await node.handler.close()
    else expect((await client.send('DELETE')).status).toBe(200)
    expect((await calling).status).toBe(how === 'closes' ? 503 : 404)
    expect(node.stage.built.length).toBe(node.stage.closed)
  },
)

/** Whether a node that holds one session at most takes another. */
const hasRoom = async ({ handler }: TestNode): Promise<boolean> => (await new RawClient(handler).open()).ok

async function finishedCall(client: RawClient): Promise<string> {
  const stream = new EventReader(await client.tool('echo', { text: 'x' }))
  const { id } = (await stream.next())!
  await stream.rest()
  return id!
}

describe('a GET whose client has left by the time it is served', () => {
  it('reads no call', async () => {
    const node = startNode({ maxSessions: 1 })
    const client = await open(node)
    const lastEventId = await finishedCall(client)
    for (const [target, name] of [
      [store, 'getSession'],
      [eventStore, 'replayEventsAfter'],
    ] as const) {
      const held = hold(target as never, name as never)
      const leaving = new AbortController()
      const answering = client.listen(lastEventId, leaving.signal)
      await held.reached
      leaving.abort()
      held.letGo()
      await answering
    }
    expect(await hasRoom(node)).toBe(true)
  })

  it('takes no stream from another, and opens none', async () => {
    const node = startNode({ maxSessions: 1 })
    const client = await open(node)
    const stream = new EventReader(await client.listen())
    const held = hold(store, 'getSession')
    const leaving = new AbortController()
    const answering = client.listen(undefined, leaving.signal)
    await held.reached
    leaving.abort()
    held.letGo()
    await answering
    node.handler.notify.toolsChanged()
    expect(await stream.message()).toMatchObject({ method: 'notifications/tools/list_changed' })
    await stream.leave()
    expect(await hasRoom(node)).toBe(true)
  })
})

describe('a GET that is being served while its handler closes', () => {
  it('opens no stream', async () => {
    const node = startNode()
    const client = await open(node)
    const held = hold(store, 'updateSession')
    const answering = client.listen()
    await held.reached
    await node.handler.close()
    held.letGo()
    expect((await answering).status).toBe(503)
  })

  it('reads no call', async () => {
    const node = startNode()
    const client = await open(node)
    const lastEventId = await finishedCall(client)
    const held = hold(eventStore, 'replayEventsAfter')
    const answering = client.listen(lastEventId)
    await held.reached
    await node.handler.close()
    held.letGo()
    expect((await answering).status).toBe(503)
  })
})

describe('a session that ends elsewhere while a node takes it over', () => {
  it('gets 404 there, and holds nobody up', async () => {
    const nodes = [startNode({ bus }), startNode({ bus })] as const
    const client = await open(nodes[0])
    const listen = bus.listen.bind(bus)
    const held = { listen: async () => {} }
    const before = hold(held, 'listen')
    bus.listen = async (...args) => {
      bus.listen = listen
      const deafen = await listen(...args)
      await held.listen()
      return deafen
    }
    const ping = moved(client, nodes[1]).call('ping')
    await before.reached
    expect((await client.send('DELETE')).status).toBe(200)
    before.letGo()
    expect((await ping).status).toBe(404)
    expect((await moved(client, nodes[1]).call('ping')).status).toBe(404)
    expect(bus.channelCount).toBe(0)
  })
})
