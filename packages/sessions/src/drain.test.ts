import { createMcpHandler } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { InMemoryEventStore, InMemorySessionStore, type SessionsOptions, sessions } from './index.ts'
import { EventReader, RawClient, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

async function open(options: SessionsOptions = {}) {
  const stage = new Stage()
  const handler = createMcpHandler(stage.factory, { legacy: sessions(options) })
  const client = new RawClient(handler)
  await client.open()
  return { stage, handler, client }
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
