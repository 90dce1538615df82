import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { McpServer as SdkServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
import { FileSessionStore } from './store/file-session-store.ts'
import { EventReader, RawClient, until } from './testing/http.ts'

type ServerClass = typeof McpServer | typeof SdkServer

/** A node whose server sends updates of what its own subscribe handler was told of, and of nothing else. */
class SubscribedNode {
  readonly told: string[] = []
  readonly errors: Error[] = []
  readonly handler: McpHttpHandler
  readonly #servers: InstanceType<typeof SdkServer>[] = []
  readonly #subscribed = new Set<string>()

  constructor(
    Server: ServerClass,
    options: SessionsOptions,
    onsubscribe: (uri: string) => Promise<void> | void = () => {},
  ) {
    const factory = () => {
      const server = new Server(
        { name: 'subscribed', version: '1.0.0' },
        { capabilities: { logging: {}, resources: { subscribe: true } } },
      )
      this.#servers.push(server)
      server.registerTool('ping', {}, () => ({ content: [] }))
      server.server.oninitialized = () => void this.told.push('initialized')
      server.server.setRequestHandler(SetLevelRequestSchema, ({ params }) => {
        this.told.push(params.level)
        return {}
      })
      server.server.setRequestHandler(SubscribeRequestSchema, async ({ params: { uri } }, { authInfo }) => {
        this.told.push(authInfo ? `${uri} of ${authInfo.clientId}` : uri)
        await onsubscribe(uri)
        this.#subscribed.add(uri)
        return {}
      })
      server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
        this.told.push(`no ${uri}`)
        this.#subscribed.delete(uri)
        return {}
      })
      return server
    }
    this.handler = createMcpHandler(factory, {
      legacy: sessions(options),
      onerror: (error) => void this.errors.push(error),
    })
  }

  async update(uri: string): Promise<void> {
    if (this.#subscribed.has(uri)) await this.#servers.at(-1)?.server.sendResourceUpdated({ uri })
  }
}

const shared = () => ({
  store: new InMemorySessionStore(),
  eventStore: new InMemoryEventStore(),
  bus: new InMemorySessionBus(),
})

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portico-subscriptions-'))
})
afterAll(() => rm(folder, { recursive: true }))

function clientOf(nodes: { handler: McpHttpHandler }[], options = {}) {
  let at = 0
  const client = new RawClient(() => nodes[at]!.handler, options)
  return (node: number): RawClient => {
    at = node
    return client
  }
}

describe.each([
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkServer],
])('subscriptions of a session, with %s', (_, Server) => {
  it('are told to the server of the node that the session moves to, whose updates reach the client', async () => {
    const options = shared()
    const nodes = [new SubscribedNode(Server, options), new SubscribedNode(Server, options)]
    const on = clientOf(nodes)
    await on(0).open()
    await on(0).call('logging/setLevel', { level: 'error' })
    for (const uri of ['doc://one', 'doc://two', 'doc://three']) {
      await on(0).call('resources/subscribe', { uri })
    }
    await on(0).call('resources/unsubscribe', { uri: 'doc://two' })
    const stream = new EventReader(await on(1).listen())
    await on(1).tool('ping')
    expect(nodes[1]?.told).toEqual(['initialized', 'error', 'doc://one', 'doc://three'])
    await nodes[1]?.update('doc://two')
    await nodes[1]?.update('doc://three')
    expect((await stream.message()).params).toEqual({ uri: 'doc://three' })
  })

  it('are told to a server that the session has already, when they change on another node', async () => {
    const options = shared()
    const nodes = [new SubscribedNode(Server, options), new SubscribedNode(Server, options)]
    const on = clientOf(nodes)
    await on(0).open()
    await on(1).tool('ping')
    await on(0).call('resources/subscribe', { uri: 'doc://one' })
    await until(() => nodes[1]?.told.includes('doc://one'))
    await on(1).call('resources/unsubscribe', { uri: 'doc://one' })
    await until(() => nodes[0]?.told.includes('no doc://one'))
    expect(nodes.map(({ told }) => told.filter((what) => what === 'doc://one').length)).toEqual([1, 1])
  })

  it('are told after a restart, with the identity of the request that has the server built', async () => {
    const start = () => new SubscribedNode(Server, { store: new FileSessionStore({ folder }) })
    const authInfo = { token: 't', clientId: 'app', scopes: [] }
    const nodes = [start()]
    const client = new RawClient(() => nodes[0]!.handler, { authInfo })
    await client.open()
    await client.call('resources/subscribe', { uri: 'doc://one' })
    await nodes[0]?.handler.close()
    nodes[0] = start()
    const stream = new EventReader(await client.listen())
    await client.tool('ping')
    expect(nodes[0].told).toEqual(['initialized', 'doc://one of app'])
    await nodes[0].update('doc://one')
    expect((await stream.message()).params).toEqual({ uri: 'doc://one' })
  })

  it('do not keep a session from moving where a handler refuses one: that is reported', async () => {
    const options = shared()
    const refuse = (uri: string): void => {
      if (uri === 'doc://gone') throw new Error('there is no such document')
    }
    const nodes = [new SubscribedNode(Server, options), new SubscribedNode(Server, options, refuse)]
    const on = clientOf(nodes)
    await on(0).open()
    for (const uri of ['doc://gone', 'doc://one']) await on(0).call('resources/subscribe', { uri })
    expect((await on(1).tool('ping')).status).toBe(200)
    expect(nodes[1]?.told).toEqual(['initialized', 'doc://gone', 'doc://one'])
    expect(nodes[1]?.errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/resources\/subscribe of doc:\/\/gone failed.*there is no such document/),
    ])
  })
})

it('a subscribe handler that hangs does not hold the session for good', async () => {
  const options = shared()
  const hang = (): Promise<void> => new Promise(() => {})
  const nodes = [new SubscribedNode(McpServer, options), new SubscribedNode(McpServer, options, hang)]
  const on = clientOf(nodes)
  await on(0).open()
  await on(0).call('resources/subscribe', { uri: 'doc://one' })
  expect((await on(1).tool('ping')).status).toBe(200)
  expect(nodes[1]?.errors).toEqual([])
})
