import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  callTool,
  connectModern,
  describeNotes,
  type Example,
  startExample,
  textOf,
} from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { describeRedis, RedisServer } from '../../../packages/redis/src/testing/redis-server.ts'

describe('the notes on Bun', () => describeNotes('bun'))

describeRedis('two processes with one Redis', () => {
  let redis: RedisServer
  let processes: Example[]
  beforeAll(async () => {
    redis = await RedisServer.start()
    const env = { REDIS_URL: redis.url }
    processes = await Promise.all([startExample('bun', env), startExample('bun', env)])
  })
  afterAll(async () => {
    for (const one of processes ?? []) await one.stop()
    await redis?.stop()
  })

  it('serve a session together', async () => {
    const client = new Client({ name: 'Ann', version: '1.0.0' })
    let request = 0
    const transport = new StreamableHTTPClientTransport(new URL(processes[0]!.url), {
      fetch: (_, init) => fetch(processes[request++ % 2]!.url, init),
    })
    await client.connect(transport)
    expect(transport.sessionId).toBeTruthy()
    for (let call = 0; call < 4; call++) {
      const saved = await client.callTool({ name: 'add-note', arguments: { text: 'Water the plants' } })
      expect(textOf(saved as never)).toContain('Water the plants')
    }
    await transport.terminateSession()
    await client.close()
  })

  it('tell their listeners of the changes of the other', async () => {
    const heard = vi.fn()
    const listener = await connectModern(processes[0]!.url)
    listener.setNotificationHandler('notifications/resources/list_changed', heard)
    await listener.listen({ resourcesListChanged: true })
    const writer = await connectModern(processes[1]!.url)
    await vi.waitUntil(async () => {
      await callTool(writer, 'add-note', { text: 'Tell everyone' })
      return heard.mock.calls.length > 0
    })
    await Promise.all([listener.close(), writer.close()])
  })
})
