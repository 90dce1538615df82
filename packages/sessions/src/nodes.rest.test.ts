import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { Random, readSeed } from '@portico-example/testing/random'
import { createMcpHandler, type McpHttpHandler } from '@portico-mcp/core'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
import { EventReader, RawClient, URL_UNDER_TEST, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

interface TestNode {
  stage: Stage
  handler: McpHttpHandler
}

const ADA = { action: 'accept', content: { name: 'Ada' } }

let store: InMemorySessionStore
let eventStore: InMemoryEventStore
let bus: InMemorySessionBus
const errors: Error[] = []

beforeEach(() => {
  store = new InMemorySessionStore()
  eventStore = new InMemoryEventStore()
  bus = new InMemorySessionBus()
  errors.length = 0
})

function startNode(options: SessionsOptions = {}): TestNode {
  const stage = new Stage()
  const legacy = sessions({ store, eventStore, bus, ...options })
  const handler = createMcpHandler(stage.factory, { legacy, bus, onerror: (error) => errors.push(error) })
  return { stage, handler }
}

/** A client whose next request goes to the node that is named. */
async function twoNodes(options: SessionsOptions = {}) {
  const [a, b] = [startNode(options), startNode(options)]
  let at = a
  const client = new RawClient(() => at.handler)
  const on = (node: TestNode): RawClient => {
    at = node
    return client
  }
  await on(a).open({ elicitation: {}, roots: { listChanged: true } })
  return { a, b, on }
}

const textOf = async (response: Response): Promise<string> => {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    return (await response.json()).result.content[0].text
  }
  return (await new EventReader(response).rest()).at(-1).result.content[0].text
}

describe('a session', () => {
  it('is served by a node that did not open it, with all that the client said', async () => {
    const { a, b, on } = await twoNodes()
    await on(a).call('logging/setLevel', { level: 'error' })
    const said = await textOf(await on(b).tool('client'))
    expect(JSON.parse(said)).toMatchObject([
      { name: 'raw' },
      { elicitation: {}, roots: { listChanged: true } },
    ])
    expect(await textOf(await on(b).tool('session'))).toBe(on(b).sessionId)
    expect(await (await on(b).tool('log', { related: true })).text()).not.toContain('a debug')
    expect([a.stage.built.length, b.stage.built.length]).toEqual([1, 1])
  })

  it('is served by two nodes in turn, a hundred of them at once', async () => {
    const nodes = [startNode(), startNode()]
    let turn = 0
    const said = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const client = new RawClient(() => nodes[turn++ % 2]!.handler)
        await client.open({ elicitation: {} })
        const answers = []
        for (let count = 0; count < 3; count++) answers.push(await textOf(await client.tool('session')))
        return answers.every((answer) => answer === client.sessionId)
      }),
    )
    expect(said).toEqual(Array(100).fill(true))
  })

  it('survives the nodes: a new one goes on', async () => {
    const { a, on } = await twoNodes()
    await a.handler.close()
    expect(store.size).toBe(1)
    const c = startNode()
    expect(await textOf(await on(c).tool('echo', { text: 'still here' }))).toBe('still here')
  })

  it('is restored once, however many requests come at once, and by one node at a time', async () => {
    const { b, on } = await twoNodes()
    const c = startNode()
    let building = 0
    let most = 0
    const { claimSession } = store
    store.claimSession = async (...claim) => {
      const release = await claimSession.apply(store, claim)
      if (!release) return undefined
      building += 1
      most = Math.max(most, building)
      return async () => {
        building -= 1
        await release()
      }
    }
    const answers = await Promise.all([b, c, b, c, b, c].map((node) => on(node).call('ping')))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    expect([b.stage.built.length, c.stage.built.length, most]).toEqual([1, 1, 1])
  })

  it('ends on every node when one is asked to end it', async () => {
    const { a, b, on } = await twoNodes()
    const stream = new EventReader(await on(a).listen())
    const call = new EventReader(await on(a).tool('wait', { key: 'a' }))
    await until(() => a.stage.gates.has('a'))
    expect((await on(b).send('DELETE')).status).toBe(200)
    expect(await stream.rest()).toEqual([])
    expect(await call.rest()).toMatchObject([{ error: { code: -32001 } }])
    expect(a.stage.aborted).toEqual(['a'])
    for (const node of [a, b]) expect((await on(node).call('ping')).status).toBe(404)
    expect([bus.channelCount, a.stage.closed]).toEqual([0, 1])
  })

  it('belongs to its principal on every node', async () => {
    const { a, b, on } = await twoNodes()
    const eve = new RawClient(b.handler, { authInfo: { token: 'e', clientId: 'eve', scopes: [] } })
    eve.sessionId = on(a).sessionId
    expect((await eve.call('ping')).status).toBe(404)
  })
})

describe('what lands on another node', () => {
  it('answers the handler that asked', async () => {
    const { a, b, on } = await twoNodes()
    const stream = new EventReader(await on(a).tool('ask', { related: true }))
    const { id } = await stream.message()
    expect((await on(b).answer(id, ADA)).status).toBe(202)
    const [answer] = await stream.rest()
    expect(answer.result.content[0].text).toContain('Ada')
    expect(b.stage.built.length).toBe(0)
  })

  it('cancels the call', async () => {
    const { a, b, on } = await twoNodes()
    const body = {
      jsonrpc: '2.0',
      id: 'x',
      method: 'tools/call',
      params: { name: 'wait', arguments: { key: 'a' } },
    }
    const stream = new EventReader(await on(a).send('POST', body))
    await until(() => a.stage.gates.has('a'))
    await on(b).notify('notifications/cancelled', { requestId: 'x' })
    expect(await stream.rest()).toEqual([])
    expect(a.stage.aborted).toEqual(['a'])
  })

  it.each([true, false])(
    'reaches the standalone stream that this one holds (event store: %s)',
    async (kept) => {
      const { a, b, on } = await twoNodes(kept ? {} : { eventStore: undefined as never })
      const stream = new EventReader(await on(b).listen())
      await on(a).tool('log', { related: false })
      expect((await stream.message()).params.data).toBe('a debug')
      expect((await stream.message()).params.data).toBe('a error')
      await on(a).call('resources/subscribe', { uri: 'doc://one' })
      await on(a).tool('touch', { uri: 'doc://one' })
      expect((await stream.message()).params).toEqual({ uri: 'doc://one' })
      a.handler.notify.resourceUpdated('doc://one')
      b.handler.notify.toolsChanged()
      expect((await stream.message()).params).toEqual({ uri: 'doc://one' })
      expect((await stream.message()).method).toBe('notifications/tools/list_changed')
    },
  )

  it('takes the standalone stream over', async () => {
    const { a, b, on } = await twoNodes()
    const older = new EventReader(await on(a).listen())
    const newer = new EventReader(await on(b).listen())
    a.handler.notify.toolsChanged()
    expect((await newer.message()).method).toBe('notifications/tools/list_changed')
    expect(await older.rest()).toEqual([])
  })

  it('resumes a call that still runs, and one that has ended', async () => {
    const { a, b, on } = await twoNodes()
    const lost = new EventReader(await on(a).tool('steps', { key: 'k', count: 2 }))
    await lost.message()
    await lost.leave()
    const resumed = new EventReader(await on(b).listen(lost.lastId))
    a.stage.open('k 1')
    expect((await resumed.message()).params.progress).toBe(2)
    a.stage.open('k 2')
    expect((await resumed.rest()).at(-1).result.content[0].text).toBe('made 2 steps')
    const again = new EventReader(await on(b).listen(lost.lastId))
    expect((await again.rest()).length).toBe(2)
    expect(b.stage.built.length).toBe(0)
  })

  it('resumes the standalone stream, with what was announced in between', async () => {
    const { a, b, on } = await twoNodes()
    await on(a).call('resources/subscribe', { uri: 'doc://one' })
    const lost = new EventReader(await on(a).listen())
    await lost.next()
    await lost.leave()
    await on(a).tool('log', { related: false })
    b.handler.notify.resourceUpdated('doc://one')
    b.handler.notify.resourceUpdated('doc://other')
    await until(() => eventStore.size >= 5)
    const resumed = new EventReader(await on(b).listen(lost.lastId))
    const methods = [await resumed.message(), await resumed.message(), await resumed.message()].map(
      ({ method }) => method,
    )
    expect(methods.sort()).toEqual([
      'notifications/message',
      'notifications/message',
      'notifications/resources/updated',
    ])
  })

  it('asks nothing on a stream that is only being opened, where nobody would hear of it', async () => {
    const { a, b, on } = await twoNodes()
    const { storeEvent } = eventStore
    let place: (() => void) | undefined
    eventStore.storeEvent = async (streamId, message) => {
      if (streamId.endsWith('/get') && !('method' in message)) {
        await new Promise<void>((resolve) => {
          place = resolve
        })
      }
      return storeEvent.call(eventStore, streamId, message)
    }
    const opening = on(b).listen()
    await until(() => place)
    for (const node of [a, b]) {
      await on(node).tool('wait', { key: 'so that it has more than one stream' })
      const refused = await textOf(await on(node).tool('ask', { related: false }))
      expect(refused).toContain('it has no stream open')
    }
    place?.()
    const stream = new EventReader(await opening)
    for (const node of [a, b]) {
      const asking = on(node).tool('ask', { related: false })
      await on(b).answer((await stream.message()).id, ADA)
      expect(await textOf(await asking)).toContain('Ada')
    }
  })

  it('says clearly that a call was lost with its node', async () => {
    const { a, on } = await twoNodes()
    const body = {
      jsonrpc: '2.0',
      id: 'x',
      method: 'tools/call',
      params: { name: 'wait', arguments: { key: 'a' } },
    }
    const lost = new EventReader(await on(a).send('POST', body))
    await lost.next()
    await lost.leave()
    // a node that is killed hears nothing more
    const dead = new InMemorySessionBus()
    const c = startNode({ bus: dead })
    const [answer] = await new EventReader(await on(c).listen(lost.lastId)).rest()
    expect(answer).toMatchObject({ id: 'x', error: { code: -32603, data: { reason: 'call-lost' } } })
    expect((await on(c).call('ping')).status).toBe(200)
  })

  it('tells every server that has met the client of its new roots', async () => {
    const { a, b, on } = await twoNodes()
    await on(b).call('ping')
    const heard: string[] = []
    for (const [name, node] of Object.entries({ a, b })) {
      node.stage.built[0]!.server.fallbackNotificationHandler = async ({ method }) =>
        void heard.push(`${name} ${method}`)
    }
    await on(a).notify('notifications/roots/list_changed')
    await on(a).notify('notifications/custom')
    await until(() => heard.length >= 3)
    expect(heard.sort()).toEqual([
      'a notifications/custom',
      'a notifications/roots/list_changed',
      'b notifications/roots/list_changed',
    ])
  })
})

describe('a bus that is down', () => {
  it('is 503 to a node that does not have the session yet, and nothing to one that does', async () => {
    const { a, b, on } = await twoNodes()
    bus.listen = async () => {
      throw new Error('down')
    }
    bus.send = bus.listen as never
    expect((await on(b).call('ping')).status).toBe(503)
    expect((await on(a).call('ping')).status).toBe(200)
    expect((await on(a).notify('notifications/custom')).status).toBe(202)
  })
})

describe('clients of the 1.x SDK over three nodes at random', () => {
  it('lose nothing and get nothing twice, while nodes stop and start', async () => {
    const random = new Random(readSeed('sessions on nodes at random', 7))
    const nodes = [startNode(), startNode(), startNode()]
    const fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
      random.pick(nodes).handler.fetch(new Request(input, init))

    const clients = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => {
        const client = new Client({ name: `c${number}`, version: '1' }, { capabilities: { elicitation: {} } })
        client.setRequestHandler(ElicitRequestSchema, async () => ({
          action: 'accept',
          content: { name: `n${number}` },
        }))
        const updates: string[] = []
        client.setNotificationHandler(
          ResourceUpdatedNotificationSchema,
          ({ params }) => void updates.push(params.uri),
        )
        const reconnectionOptions = {
          maxReconnectionDelay: 20,
          initialReconnectionDelay: 10,
          reconnectionDelayGrowFactor: 1,
          maxRetries: 100,
        }
        const transport = new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), {
          fetch,
          reconnectionOptions,
        })
        await client.connect(transport)
        await client.subscribeResource({ uri: `doc://${number}` })
        return { client, transport, updates, number }
      }),
    )
    await until(() => bus.channelCount >= 20)
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        clients.map(async ({ client, number }) => {
          const { content } = await client.callTool({ name: 'ask', arguments: { related: true } })
          expect(content).toMatchObject([{ text: expect.stringContaining(`"n${number}"`) }])
          random.pick(nodes).handler.notify.resourceUpdated(`doc://${number}`)
        }),
      )
      const index = random.below(nodes.length)
      const [stopped] = nodes.splice(index, 1, startNode())
      await stopped!.handler.close()
    }
    await until(() => clients.every(({ updates }) => updates.length >= 5))
    for (const { updates, number } of clients) expect(updates).toEqual(Array(5).fill(`doc://${number}`))
    await Promise.all(clients.map(({ transport }) => transport.terminateSession()))
    expect(store.size).toBe(0)
    await Promise.all(clients.map(({ client }) => client.close()))
  })
})
