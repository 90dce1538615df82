import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, promisify } from 'node:util'
import selfsigned from 'selfsigned'
import { expect, it, vi } from 'vitest'
import {
  RedisBus,
  RedisConnection,
  type RedisConnectionOptions,
  RedisEventStore,
  RedisRateLimitStore,
  RedisSessionStore,
  RedisTaskStore,
} from './index.ts'
import { closeAfterEach, connect, rejection, startRedis, until } from './testing/nodes.ts'
import { describeRedis, freePort, type RedisServer } from './testing/redis-server.ts'

closeAfterEach()

// without the one that asks
const clientsOf = async (server: RedisServer): Promise<string[]> =>
  (await server.ask<string>('CLIENT', 'LIST')).trim().split('\n').slice(0, -1)

async function useAll(redis: RedisConnection): Promise<void> {
  const [store, events, bus] = [new RedisSessionStore(redis), new RedisEventStore(redis), new RedisBus(redis)]
  await store.createSession('a', { b: 1 })
  await store.updateSession('a', { b: null, c: 1 })
  await store.touchSession('a')
  const release = await store.claimSession('a', 1000)
  await release?.()
  expect((await store.getSession('a'))?.data).toEqual({ c: 1 })
  expect(await store.sessionExists('a')).toBe(true)
  await store.deleteSession('a')
  const id = await events.storeEvent('a/b', { jsonrpc: '2.0', method: 'c' })
  expect(await events.getStreamIdForEventId(id)).toBe('a/b')
  await events.deleteEvents('a')
  expect(await events.replayEventsAfter(id, { send: async () => {} })).toBe('')
  const heard = vi.fn()
  const stop = await bus.listen('a', heard)
  await bus.send('a', { b: 1 })
  await until(() => heard.mock.calls.length > 0)
  stop()
  const limits = new RedisRateLimitStore(redis)
  expect((await limits.take('a', { capacity: 1, refillPerSecond: 1 })).allowed).toBe(true)
}

describeRedis('a connection', () => {
  it('is one pair, however many sessions, and leaves nothing open behind it', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url })
    expect(await clientsOf(server)).toEqual([])
    const [store, events, bus] = [
      new RedisSessionStore(redis),
      new RedisEventStore(redis),
      new RedisBus(redis),
    ]
    bus.subscribe(() => {})
    await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        await store.createSession(`session-${index}`)
        await events.storeEvent(`session-${index}/get`, { jsonrpc: '2.0', method: 'a' })
        await bus.listen(`session-${index}`, () => {})
      }),
    )
    expect(await clientsOf(server)).toHaveLength(2)
    await redis.close()
    await until(async () => (await clientsOf(server)).length === 0)
  })

  it('gives every key its prefix and an end', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url, prefix: 'acme:mcp' })
    const store = new RedisSessionStore(redis)
    await store.createSession('a', { b: 1 })
    await store.createSession('forever', {}, Number.POSITIVE_INFINITY)
    await store.updateSession('a', { c: 1 })
    await store.touchSession('a')
    await store.claimSession('a', 1000)
    await new RedisEventStore(redis).storeEvent('a/b', { jsonrpc: '2.0', method: 'c' })
    await new RedisRateLimitStore(redis).take('a', { capacity: 10, refillPerSecond: 1e-12 })
    const task = { taskId: 'a', owner: 'b', version: 0, createdAt: Date.now(), value: '' }
    const limits = { perOwner: 2, total: 2 }
    const tasks = new RedisTaskStore(redis)
    await tasks.createTask({ ...task, expiresAt: Date.now() + 60_000 }, limits)
    await tasks.createTask({ ...task, taskId: 'c', expiresAt: Number.POSITIVE_INFINITY }, limits)
    const keys = await server.ask<string[]>('KEYS', '*')
    expect(keys).toHaveLength(11)
    for (const key of keys) {
      expect(key).toMatch(/^acme:mcp:/)
      expect(await server.ask<number>('PTTL', key)).toBeGreaterThan(0)
    }
  })

  it('keeps services with another prefix apart', async () => {
    const server = await startRedis()
    const [one, two] = ['one', 'two'].map((prefix) => connect({ url: server.url, prefix })) as [
      RedisConnection,
      RedisConnection,
    ]
    await new RedisSessionStore(one).createSession('a')
    expect(await new RedisSessionStore(two).sessionExists('a')).toBe(false)
    const heard = vi.fn()
    await new RedisBus(two).listen('a', heard)
    await new RedisBus(one).send('a', { from: 'one' })
    await new RedisBus(two).send('a', { from: 'two' })
    await until(() => heard.mock.calls.length > 0)
    expect(heard.mock.calls).toEqual([[{ from: 'two' }]])
  })

  it('drops the streams of a session from its index in time', async () => {
    const server = await startRedis()
    const events = new RedisEventStore(connect({ url: server.url }), { ttlMs: 1000 })
    const message = { jsonrpc: '2.0', method: 'a' } as const
    await Promise.all(
      Array.from({ length: 20 }, (_, stream) => events.storeEvent(`scope/${stream}`, message)),
    )
    const [index = ''] = await server.ask<string[]>('KEYS', '*:events:{*}')
    expect(await server.ask<number>('ZCARD', index)).toBe(20)
    const left = async (): Promise<number> => {
      // what is written to keeps the index itself
      await events.storeEvent('scope/last', message)
      return server.ask<number>('ZCARD', index)
    }
    await until(async () => (await left()) === 1)
  })

  it('drops old events of a stream that is written to', async () => {
    const server = await startRedis()
    const events = new RedisEventStore(connect({ url: server.url }), { ttlMs: 500 })
    const message = { jsonrpc: '2.0', method: 'a' } as const
    const first = await events.storeEvent('scope/stream', message)
    await until(async () => {
      await events.storeEvent('scope/stream', message)
      return (await events.getStreamIdForEventId(first)) === undefined
    })
  })

  it('needs the rights that the guide names, and no more', async () => {
    const server = await startRedis()
    const guide = readFileSync(join(import.meta.dirname, '../../../docs/10-redis.md'), 'utf8')
    const [, rights = ''] = /a user needs `([^`]*)`/.exec(guide) ?? []
    const granted = rights.replaceAll('<prefix>', 'desk').split(' ')
    await server.ask('ACL', 'SETUSER', 'desk', 'on', '>hunter2', ...granted)
    const redis = connect({ url: `redis://desk:hunter2@127.0.0.1:${server.port}`, prefix: 'desk' })
    await useAll(redis)
    const strange = connect({ url: `redis://desk:hunter2@127.0.0.1:${server.port}`, prefix: 'other' })
    const error = await rejection(new RedisSessionStore(strange).sessionExists('a'))
    expect([error.code, error.message]).toEqual(['redis-refused', expect.stringContaining('NOPERM')])
  })

  it('goes through a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-'))
    const path = join(folder, 'redis.sock')
    const server = await startRedis({ settings: ['--unixsocket', path], password: 'hunter2' })
    await useAll(connect({ url: `unix://:hunter2@${path}` }))
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  it('goes through TLS, and trusts nobody that it was not told to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portico-'))
    const { private: key, cert } = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }])
    writeFileSync(join(folder, 'key.pem'), key)
    writeFileSync(join(folder, 'cert.pem'), cert)
    const port = await freePort()
    const files = [
      '--tls-cert-file',
      'cert.pem',
      '--tls-key-file',
      'key.pem',
      '--tls-ca-cert-file',
      'cert.pem',
    ]
    await startRedis({
      settings: ['--dir', folder, '--tls-port', String(port), '--tls-auth-clients', 'no', ...files],
    })
    const url = `rediss://localhost:${port}`
    await useAll(connect({ url, client: { socket: { tls: true, ca: cert } } }))
    const error = await rejection(new RedisSessionStore(connect({ url })).sessionExists('a'))
    expect([error.code, error.message]).toEqual(['redis-unreachable', expect.stringContaining('self-signed')])
    rmSync(folder, { recursive: true })
  })

  it('rejects what waits when it is closed, and whatever is asked later', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url })
    const store = new RedisSessionStore(redis)
    await store.createSession('a')
    server.pause()
    const waiting = rejection(store.getSession('a'))
    await redis.close()
    await redis.close()
    expect((await waiting).code).toBe('redis-closed')
    expect((await rejection(store.getSession('a'))).code).toBe('redis-closed')
    expect((await rejection(new RedisBus(redis).listen('a', () => {}))).code).toBe('redis-closed')
    const unused = connect({ url: server.url })
    await unused.close()
    expect((await rejection(new RedisSessionStore(unused).getSession('a'))).code).toBe('redis-closed')
  })

  it('is closed at once while it opens', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url, timeoutMs: 60_000 })
    const waiting = rejection(new RedisSessionStore(redis).getSession('a'))
    await redis.close()
    expect((await waiting).code).toBe('redis-closed')
    await until(async () => (await clientsOf(server)).length === 0)
  })

  it.each(['up', 'down'])('lets the process end once it is closed (Redis is %s)', async (state) => {
    const server = await startRedis()
    const url = state === 'up' ? server.url : `redis://127.0.0.1:${await freePort()}`
    const script = `
      import { RedisBus, RedisConnection, RedisSessionStore } from '@portico-mcp/redis'
      const redis = new RedisConnection({ url: '${url}' })
      const bus = new RedisBus(redis)
      bus.subscribe(() => {})
      const found = await new RedisSessionStore(redis).getSession('a').catch(({ code }) => code)
      await redis.close()
      const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
      // sockets of a busy machine take their time to close
      for (let turn = 0; turn < 10_000 && timers() > 0; turn++) await new Promise(setImmediate)
      console.log(String(found), timers())`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        cwd: import.meta.dirname,
        timeout: 15_000,
      },
    )
    expect(stdout).toBe(state === 'up' ? 'undefined 0\n' : 'redis-unreachable 0\n')
  })
})

describeRedis('a password', () => {
  const secret = 'hunter2%2Fx'

  const shownBy = (error: Error | undefined): string => inspect(error, { depth: 9, showHidden: true })

  it('opens the door, and is in no error where it does not', async () => {
    const server = await startRedis({ password: 'hunter2/x' })
    const url = `redis://:${secret}@127.0.0.1:${server.port}`
    expect(await new RedisSessionStore(connect({ url })).sessionExists('a')).toBe(false)
    const onerror = vi.fn()
    const wrong = connect({ url: url.replace(secret, 'hunter3'), onerror })
    const error = await rejection(new RedisSessionStore(wrong).sessionExists('a'))
    expect(error.message).toContain('WRONGPASS')
    for (const one of [error, ...onerror.mock.calls.flat()]) expect(shownBy(one)).not.toContain('hunter3')
  })

  it.each([
    [
      'what it does not understand',
      '-ERR unknown command `HELLO`, with args beginning with: `3` `AUTH` `hunter2/x`',
    ],
    ['a password', '-ERR is it hunter2/x or hunter2%2Fx?'],
  ])('is in no error of a server that repeats %s', async (_, reply) => {
    const echo = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.write(`${reply}\r\n`.repeat(4)))
    })
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
    const { port } = echo.address() as { port: number }
    const onerror = vi.fn()
    const credentials = async () => ({ username: 'default', password: 'hunter2/x' })
    const provider = { type: 'async-credentials-provider', credentials } as const
    const url = `redis://127.0.0.1:${port}`
    const connections = [connect({ url: url.replace('//', `//:${secret}@`), onerror })]
    if (reply.includes('with args'))
      connections.push(connect({ url, client: { credentialsProvider: provider }, onerror }))
    for (const redis of connections) {
      const error = await rejection(new RedisSessionStore(redis).sessionExists('a'))
      await redis.close()
      expect(error.message).toMatch(/unknown command|is it \*\*\*/)
      for (const one of [error, ...onerror.mock.calls.flat()]) expect(shownBy(one)).not.toContain('hunter2')
    }
    echo.close()
  })
})

it.each(['redis://:hunter2@', 'http://:hunter2@localhost', 'hunter2', 'redis://:hunter2%@localhost'])(
  'is not built for %s, and does not repeat it',
  (url) => {
    const build = (): RedisConnection => new RedisConnection({ url })
    expect(build).toThrow(TypeError)
    try {
      build()
    } catch (error) {
      expect(inspect(error, { showHidden: true }).split('\n    at')[0]).not.toContain('hunter2')
    }
  },
)

it.each<RedisConnectionOptions>([
  { prefix: '' },
  { prefix: 'a{b}' },
  { prefix: 'a b' },
  { timeoutMs: 0 },
  { timeoutMs: Number.NaN },
  { timeoutMs: Number.POSITIVE_INFINITY },
  { cluster: [] },
])('is not built with %j', (options) => {
  expect(() => new RedisConnection(options)).toThrow(RangeError)
})

it.each([0, -1, Number.NaN])('builds no store whose limits are %d', (limit) => {
  const redis = new RedisConnection()
  expect(() => new RedisSessionStore(redis, { ttlMs: limit })).toThrow(RangeError)
  expect(() => new RedisEventStore(redis, { ttlMs: limit })).toThrow(RangeError)
  expect(() => new RedisEventStore(redis, { maxEventsPerStream: limit })).toThrow(RangeError)
})
