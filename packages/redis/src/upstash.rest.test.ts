import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withRateLimit } from '@portico-mcp/guard'
import { sessions } from '@portico-mcp/sessions'
import { Redis } from '@upstash/redis'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import {
  fromUpstash,
  type RedisBackend,
  RedisBus,
  RedisEventStore,
  RedisRateLimitStore,
  RedisSessionStore,
  type UpstashOptions,
} from './index.ts'
import { describeContracts, type Nodes } from './testing/contracts.ts'
import { rejection, until } from './testing/nodes.ts'
import { describeRedis, freePort, RedisServer } from './testing/redis-server.ts'
import { RestServer, TOKEN } from './testing/rest-server.ts'

describeRedis('over the REST API of Upstash', () => {
  let redis: RedisServer
  let rest: RestServer
  let nodes: Nodes
  const kept: RedisBackend[] = []
  const opened: RedisBackend[] = []
  const open = (options: Partial<UpstashOptions> = {}): RedisBackend => {
    const backend = fromUpstash({ url: rest.url, token: TOKEN, ...options })
    opened.push(backend)
    return backend
  }

  beforeAll(async () => {
    redis = await RedisServer.start()
    rest = await RestServer.start(redis.url)
    nodes = {
      one: open(),
      two: open(),
      lost: open({ url: `http://127.0.0.1:${await freePort()}` }),
      open: (prefix) => {
        const backend = fromUpstash({ url: rest.url, token: TOKEN, prefix })
        kept.push(backend)
        return backend
      },
    }
    kept.push(...opened.splice(0))
  })
  afterEach(async () => {
    for (const backend of opened.splice(0)) await backend.close()
  })
  afterAll(async () => {
    for (const backend of kept) await backend.close()
    await rest?.stop()
    await redis?.stop()
  })

  describeContracts(() => nodes)

  it('limits a client on all nodes together', async () => {
    const ok = { fetch: async () => new Response('ok') }
    const handlers = [open(), open()].map((backend) =>
      withRateLimit(ok, { store: new RedisRateLimitStore(backend), capacity: 3, refillPerSecond: 0.001 }),
    )
    const statuses: number[] = []
    for (let request = 0; request < 5; request++) {
      const options = { clientAddress: '203.0.113.9' }
      const { status } = await handlers[request % 2]!.fetch(new Request('http://localhost/'), options)
      statuses.push(status)
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429])
  })

  it('serves a session on all nodes: its calls, the answers to questions, and changes', async () => {
    const nodes = [0, 1].map(() => {
      const backend = open({ prefix: 'served' })
      const bus = new RedisBus(backend)
      const store = new RedisSessionStore(backend)
      const legacy = sessions({ store, eventStore: new RedisEventStore(backend), bus })
      return createMcpHandler(createAskingServer, { bus, legacy })
    })
    let request = 0
    const onchange = vi.fn()
    const client = new Client({ name: 'Ann', version: '1' }, { capabilities: { elicitation: {} } })
    client.setNotificationHandler(ToolListChangedNotificationSchema, onchange)
    client.setRequestHandler(ElicitRequestSchema, async () => ({
      action: 'accept',
      content: { name: 'Ann' },
    }))
    const transport = new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
      fetch: (url, init) => nodes[request++ % 2]!.fetch(new Request(url, init)),
    })
    await client.connect(transport)
    // A question and its answer meet different nodes.
    for (let call = 0; call < 4; call++) {
      const { content } = await client.callTool({ name: 'ask' })
      expect(content).toEqual([{ type: 'text', text: 'Hello Ann' }])
    }
    await until(async () => {
      nodes[request++ % 2]!.notify.toolsChanged()
      await new Promise((resolve) => setTimeout(resolve, 50))
      return onchange.mock.calls.length > 1
    })
    await client.close()
    for (const node of nodes) await node.close()
  })

  it('speaks what the official client speaks', async () => {
    const official = new Redis({ url: rest.url, token: TOKEN, enableTelemetry: false })
    const store = new RedisSessionStore(open({ prefix: 'official' }))
    await store.createSession('a', { name: 'Grüße' })
    expect(await official.hget('official:session:a', 'data:name')).toBe('Grüße')
    const heard = vi.fn()
    const bus = new RedisBus(open({ prefix: 'official' }))
    const stop = await bus.listen('b', heard)
    await official.publish('official:bus:b', { a: 1 })
    await until(() => heard.mock.calls.length > 0)
    expect(heard.mock.calls).toEqual([[{ a: 1 }]])
    stop()
  })

  it('sends messages that wait for each other in one request', async () => {
    const bus = new RedisBus(open({ prefix: 'batch' }))
    const fetched = vi.spyOn(globalThis, 'fetch')
    await Promise.all(Array.from({ length: 50 }, (_, number) => bus.send('c', { number })))
    expect(fetched.mock.calls.map(([url]) => url)).toEqual([`${rest.url}/pipeline`, `${rest.url}/pipeline`])
    fetched.mockRestore()
  })

  it('subscribes again where a subscription ends, and reports that once', async () => {
    const onerror = vi.fn()
    const heard: number[] = []
    const bus = new RedisBus(open({ prefix: 'again', onerror }))
    const stop = await bus.listen('d', ({ number }) => heard.push(number as number))
    rest.endSubscriptions()
    await until(() => onerror.mock.calls.length > 0)
    let number = 0
    await until(async () => {
      await bus.send('d', { number: number++ })
      return heard.length > 0
    })
    expect(onerror.mock.calls.map(([error]) => error.code)).toEqual(['redis-unreachable'])
    expect(rest.countSubscriptions('again:bus:d')).toBe(1)
    stop()
    await until(() => rest.countSubscriptions('again:bus:d') === 0)
  })

  it('shows no token where it is refused, and says so', async () => {
    const store = new RedisSessionStore(open({ token: 'wrong-token' }))
    const error = await rejection(store.getSession('a'))
    expect(error).toMatchObject({ name: 'RedisError', code: 'redis-refused' })
    expect(error.message).toBe('Upstash refused: WRONGPASS invalid or missing auth token')
    const bus = new RedisBus(open({ token: 'wrong-token' }))
    expect(await rejection(bus.listen('a', () => {}))).toMatchObject({ code: 'redis-refused' })
    expect(await rejection(bus.send('a', {}))).toMatchObject({ code: 'redis-refused' })
  })

  it('rejects where Redis does not answer in time, and after it is closed', async () => {
    const backend = open({ timeoutMs: 50 })
    const store = new RedisSessionStore(backend)
    redis.pause()
    const error = await rejection(store.getSession('a')).finally(() => redis.resume())
    expect(error).toMatchObject({ code: 'redis-timeout', message: 'Redis did not answer in 50 ms' })
    await backend.close()
    await backend.close()
    expect(await rejection(store.getSession('a'))).toMatchObject({ code: 'redis-closed' })
    expect(await rejection(new RedisBus(backend).listen('a', () => {}))).toMatchObject({
      code: 'redis-closed',
    })
  })

  it('gives up a subscription that Redis does not confirm', async () => {
    const backend = open({ prefix: 'unconfirmed', timeoutMs: 300 })
    redis.pause()
    const error = await rejection(new RedisBus(backend).listen('a', () => {})).finally(() => redis.resume())
    expect(error).toMatchObject({ code: 'redis-timeout' })
    await until(() => rest.countSubscriptions('unconfirmed:bus:a') === 0)
  })

  it('follows no redirect, which would carry the token elsewhere', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch')
    await new RedisSessionStore(open()).getSession('a')
    expect(fetched.mock.calls[0]![1]).toMatchObject({ redirect: 'error' })
    fetched.mockRestore()
  })
})

function createAskingServer(): McpServer {
  const server = new McpServer(
    { name: 'a', version: '1' },
    { capabilities: { tools: { listChanged: true } } },
  )
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
    const { content } = await server.server.elicitInput({ message: 'Who?', requestedSchema })
    return { content: [{ type: 'text', text: `Hello ${content?.name}` }] }
  })
  return server
}
