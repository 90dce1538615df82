import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { sessions } from './index.ts'
import { RawClient } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const MINUTE = 60_000

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** Servers that cost little to build, and are counted rather than kept. */
class Crowd {
  built = 0
  closed = 0
  onclose: (server: McpServer) => void = () => {}

  readonly factory = (): McpServer => {
    const server = new McpServer({ name: 'one of many', version: '1.0.0' })
    this.built += 1
    server.server.onclose = () => {
      this.closed += 1
      this.onclose(server)
    }
    return server
  }
}

function collectedHeap(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

it('10,000 clients that never say goodbye leave nothing behind', async () => {
  const crowd = new Crowd()
  const legacy = sessions({ idleTimeoutMs: MINUTE, maxSessions: 500 })
  const handler = createMcpHandler(crowd.factory, { legacy, keepAliveMs: 0 })
  const connect = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number++) {
      await new RawClient(handler).open()
      if (number % 100 === 0) await vi.advanceTimersByTimeAsync(MINUTE / 10)
      expect(legacy.size).toBeLessThanOrEqual(500)
    }
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
  }
  await connect(1000)
  const heap = collectedHeap()
  await connect(9000)
  expect([crowd.built, crowd.closed, legacy.size, vi.getTimerCount()]).toEqual([10_000, 10_000, 0, 0])
  expect(collectedHeap() - heap).toBeLessThan(5_000_000)
  await handler.close()
})

it('5,000 sessions close at once, also where a closed server closes again', async () => {
  const crowd = new Crowd()
  const handler = createMcpHandler(crowd.factory, { legacy: sessions(), keepAliveMs: 0 })
  for (let count = 0; count < 5000; count++) await new RawClient(handler).open()
  crowd.onclose = (server) => void server.close()
  await handler.close()
  expect([crowd.closed, vi.getTimerCount()]).toEqual([5000, 0])
  await expect(new RawClient(handler).open()).rejects.toThrow('closed')
})

it('a session subscribes to a bounded number of resources, each by a URI', async () => {
  vi.useRealTimers()
  const client = new RawClient(createMcpHandler(new Stage().factory, { legacy: sessions() }))
  await client.open()
  for (const uri of [undefined, 7, `doc://${'x'.repeat(3000)}`]) {
    expect((await (await client.call('resources/subscribe', { uri })).json()).error.code).toBe(-32602)
  }
  for (let count = 0; count < 1000; count++)
    await client.call('resources/subscribe', { uri: `doc://${count}` })
  expect((await (await client.call('resources/subscribe', { uri: 'doc://more' })).json()).error.code).toBe(
    -32602,
  )
  await client.call('resources/unsubscribe', { uri: 'doc://7' })
  expect((await (await client.call('resources/subscribe', { uri: 'doc://more' })).json()).result).toEqual({})
})
