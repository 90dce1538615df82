import { createMcpHandler } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { InMemoryEventStore, InMemorySessionStore, type SessionsOptions, sessions } from './index.ts'
import { EventReader, RawClient, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

async function open(options: SessionsOptions = {}) {
  const stage = new Stage()
  const serving = sessions(options)
  const handler = createMcpHandler(stage.factory, { legacy: serving })
  const client = new RawClient(handler)
  await client.open()
  return { stage, serving, handler, client }
}

describe('a handler that closes and drains', () => {
  it.each([
    ['in memory', {}],
    ['whose streams resume', { eventStore: new InMemoryEventStore() }],
  ])('answers the calls of sessions %s, and ends their streams first', async (_, options) => {
    const { stage, handler, client } = await open(options)
    const stream = new EventReader(await client.listen())
    const answer = client.tool('wait', { key: 'a' })
    await until(() => stage.gates.has('a'))
    const closing = handler.close({ drainMs: 60_000 })
    expect(await stream.rest()).toEqual([])
    stage.open('a')
    expect(await (await answer).text()).toContain('waited for a')
    await closing
    expect(stage.aborted).toEqual([])
  })

  it('gives calls up when the time is over, and keeps the records of sessions', async () => {
    const store = new InMemorySessionStore()
    const { stage, handler, client } = await open({ store })
    const answer = client.tool('wait', { key: 'a' })
    await until(() => stage.gates.has('a'))
    await handler.close({ drainMs: 20 })
    expect([(await answer).status, store.size]).toEqual([503, 1])
  })
})

describe('the sessions of a process', () => {
  it('are listed with their clients, the one that was used longest ago first', async () => {
    const { serving, handler, client } = await open()
    const other = new RawClient(handler)
    await other.open()
    await client.call('ping')
    expect(serving.list().map(({ sessionId }) => sessionId)).toEqual([other.sessionId, client.sessionId])
    expect(serving.list()[0]).toMatchObject({
      client: { name: 'raw', version: '1.0.0' },
      protocolVersion: '2025-11-25',
      heldSince: expect.any(Date),
      usedAt: expect.any(Date),
    })
  })

  it('end when they are told to, on every node', async () => {
    const store = new InMemorySessionStore()
    const { serving, client } = await open({ store })
    expect(await serving.end(client.sessionId!)).toBe(true)
    expect([serving.size, store.size, (await client.call('ping')).status]).toEqual([0, 0, 404])
    expect(await serving.end(client.sessionId!)).toBe(false)
  })
})
