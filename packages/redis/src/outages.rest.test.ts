import { createMcpHandler, McpServer, type ServerEvent } from '@portico-mcp/core'
import { expect, it, vi } from 'vitest'
import { RedisBus, type RedisConnection, RedisError, RedisEventStore, RedisSessionStore } from './index.ts'
import { closeAfterEach, connect, rejection, startRedis, until } from './testing/nodes.ts'
import { describeRedis, freePort, RedisServer } from './testing/redis-server.ts'

const TOOLS_CHANGED = { kind: 'tools_list_changed' } as const

closeAfterEach()

const works = (redis: RedisConnection): Promise<true> =>
  until(async () => {
    const id = crypto.randomUUID()
    const store = new RedisSessionStore(redis)
    return await store.createSession(id).then(
      () => store.sessionExists(id),
      () => false,
    )
  }) as Promise<true>

describeRedis('a Redis', () => {
  it('may start after the nodes: they reject, serve what needs no Redis, and then find it', async () => {
    const port = await freePort()
    const onerror = vi.fn()
    const redis = connect({ url: `redis://127.0.0.1:${port}`, onerror })
    const bus = new RedisBus(redis)
    const handler = createMcpHandler(() => new McpServer({ name: 'a', version: '1' }), { bus })
    const heard: ServerEvent[] = []
    bus.subscribe((event) => heard.push(event))

    const error = await rejection(new RedisSessionStore(redis).getSession('a'))
    expect([error instanceof RedisError, error.code]).toEqual([true, 'redis-unreachable'])
    handler.notify.toolsChanged()
    expect(heard).toEqual([TOOLS_CHANGED])
    expect((await handler.fetch(initialize())).status).toBe(200)

    const server = new RedisServer(port, [], '')
    await server.start()
    try {
      await works(redis)
      const other = new RedisBus(connect({ url: server.url }))
      await until(() => heard.length > 1 || void other.publish(TOOLS_CHANGED))
    } finally {
      await server.stop()
    }
    expect(onerror.mock.calls.map(([{ code }]) => code)).toContain('redis-unreachable')
    await handler.close()
  })

  it('may be killed under load, and started again: calls reject or are done, and channels come back', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url })
    const other = connect({ url: server.url })
    const [bus, sender] = [new RedisBus(redis), new RedisBus(other)]
    const channels = Array.from({ length: 200 }, (_, index) => `session-${index}`)
    const heard = new Map<string, number[]>(channels.map((channel) => [channel, []]))
    await Promise.all(
      channels.map((channel) =>
        bus.listen(channel, ({ number }) => heard.get(channel)?.push(Number(number))),
      ),
    )
    const refused: Error[] = []
    let number = 0
    let stopped = false
    const load = async (): Promise<void> => {
      const events = new RedisEventStore(other)
      while (!stopped) {
        number += 1
        const sent = number
        const calls = channels.map((channel) => sender.send(channel, { number: sent }))
        await Promise.all(
          [...calls, events.storeEvent('a/b', { jsonrpc: '2.0', method: 'c' })].map((call) =>
            call.catch((error) => refused.push(error)),
          ),
        )
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const loading = load()
    const hearsFrom = (from: number): Promise<unknown> =>
      until(() => channels.every((channel) => (heard.get(channel)?.at(-1) ?? 0) > from))
    await hearsFrom(0)
    await server.kill()
    await until(() => refused.length > 0)
    await server.start()
    await hearsFrom(number)
    stopped = true
    await loading

    expect(refused.filter((error) => !(error instanceof RedisError))).toEqual([])
    for (const numbers of heard.values()) {
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    }
    expect(await server.ask('PUBSUB', 'NUMSUB', 'portico:bus:session-7')).toEqual([
      'portico:bus:session-7',
      1,
    ])
  })

  it('may hang: calls reject in time, then at once, never say that a session is gone, and work again', async () => {
    const server = await startRedis()
    const onerror = vi.fn()
    const redis = connect({ url: server.url, timeoutMs: 1000, onerror })
    const store = new RedisSessionStore(redis)
    const bus = new RedisBus(redis)
    const heard = vi.fn()
    await bus.listen('a', heard)
    await store.createSession('kept')
    server.pause()
    try {
      const first = [store.getSession('kept'), store.sessionExists('kept'), bus.send('a', { lost: true })]
      const codes = (await Promise.all(first.map(rejection))).map(({ code }) => code)
      expect(codes).toContain('redis-timeout')
      const after = [store.touchSession('kept'), store.createSession('kept'), store.updateSession('kept', {})]
      for (const { code } of await Promise.all(after.map(rejection))) expect(code).toBe('redis-unreachable')
      // the connection that listens is found out, too, though nobody asks it anything
      await until(() => onerror.mock.calls.length === 2)
      expect((await rejection(bus.listen('b', () => {}))).code).toBe('redis-unreachable')
    } finally {
      server.resume()
    }
    await works(redis)
    expect(await store.sessionExists('kept')).toBe(true)
    await until(async () => {
      await bus.send('a', { number: 1 }).catch(() => {})
      return heard.mock.calls.some(([message]) => message.number === 1)
    })
    expect(redis.channelCount).toBe(1)
  })

  it('may hang while nodes connect', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url, timeoutMs: 1000 })
    server.pause()
    try {
      expect((await rejection(new RedisSessionStore(redis).getSession('a'))).code).toBe('redis-unreachable')
    } finally {
      server.resume()
    }
    await works(redis)
  })

  it('is not taken for one that hangs by a process that was busy itself', async () => {
    const server = await startRedis()
    const onerror = vi.fn()
    const redis = connect({ url: server.url, timeoutMs: 1000, onerror })
    const store = new RedisSessionStore(redis)
    await works(redis)
    const answer = store.sessionExists('a')
    await new Promise((resolve) => setImmediate(resolve))
    const end = performance.now() + 1500
    while (performance.now() < end);
    expect(await answer).toBe(false)
    expect(onerror).not.toHaveBeenCalled()
  })

  it('may become a replica: writes reject, and its address is asked for anew', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url })
    await works(redis)
    const before = await askersOf(server)
    await server.ask('REPLICAOF', '127.0.0.1', String(await freePort()))
    const error = await rejection(new RedisSessionStore(redis).createSession('a'))
    expect([error.code, error.message]).toEqual(['redis-refused', expect.stringContaining('READONLY')])
    await server.ask('REPLICAOF', 'NO', 'ONE')
    await works(redis)
    // its address may be another server's by now
    expect(await askersOf(server)).not.toEqual(before)
  })

  it('may lose the connection that listens alone', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url })
    const bus = new RedisBus(redis)
    const heard: unknown[] = []
    const stop = await bus.listen('left', () => {})
    await bus.listen('kept', (message) => heard.push(message))
    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub')
    stop()
    await until(async () => heard.length > 0 || void (await bus.send('kept', { a: 1 })))
    await until(async () => (await server.ask<string[]>('PUBSUB', 'CHANNELS')).length === 1)
  })
})

// the connections of nodes, without the one that asks
const askersOf = async (server: RedisServer): Promise<string[]> =>
  [...(await server.ask<string>('CLIENT', 'LIST')).matchAll(/^id=(\d+) .*cmd=(?!client)/gm)].map(
    ([, id]) => id!,
  )

const initialize = (): Request =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    }),
  })
