import { createMcpHandler, type ServerNotifier } from '@portico-mcp/core'
import { describe, expect, it, vi } from 'vitest'
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
    const closing = handler.close({ drainTimeoutMs: 60_000 })
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
    await handler.close({ drainTimeoutMs: 20 })
    expect([(await answer).status, store.size]).toEqual([503, 1])
  })
})

type Trigger = () => unknown

describe('a store that closes after the handler', () => {
  it.each<[string, (client: RawClient, stage: Stage, notify: ServerNotifier) => Promise<Trigger>]>([
    ['the standalone stream', async (client) => () => client.tool('log', { related: false })],
    [
      'a stream that was resumed',
      async (client, stage) => {
        const lost = new EventReader(await client.tool('steps', { key: 'a', count: 2 }))
        await lost.message()
        await lost.leave()
        const resumed = new EventReader(await client.listen(lost.lastId))
        await resumed.next()
        return () => stage.open('a 1')
      },
    ],
    ['the log of changes', async (_client, _stage, notify) => () => notify.toolsChanged()],
  ])('is no failure, though %s is being read', async (_, prepare) => {
    const eventStore = new InMemoryEventStore()
    const errors: string[] = []
    const stage = new Stage()
    const handler = createMcpHandler(stage.factory, {
      legacy: sessions({ eventStore }),
      onerror: ({ message }) => void errors.push(message),
    })
    const client = new RawClient(handler)
    await client.open()
    const stream = new EventReader(await client.listen())
    await stream.next()
    handler.notify.toolsChanged()
    await stream.message()
    const read = await prepare(client, stage, handler.notify)

    let fail!: (error: Error) => void
    const pending = new Promise<never>((_, reject) => {
      fail = reject
    })
    const replay = vi.spyOn(eventStore, 'replayEventsAfter').mockReturnValue(pending)
    read()
    await until(() => replay.mock.calls.length > 0)
    await handler.close()
    fail(new Error('The store is closed'))
    await new Promise(setImmediate)
    expect(errors).not.toContain('The store is closed')
  })

  it('is asked nothing more by a stream that waits', async () => {
    const eventStore = new InMemoryEventStore()
    const { handler, client } = await open({ eventStore })
    const stream = new EventReader(await client.listen())
    await stream.next()
    const replay = vi.spyOn(eventStore, 'replayEventsAfter')
    await new Promise(setImmediate)
    replay.mockClear()
    await handler.close()
    expect(await stream.rest()).toEqual([])
    await new Promise(setImmediate)
    expect(replay).not.toHaveBeenCalled()
  })
})
