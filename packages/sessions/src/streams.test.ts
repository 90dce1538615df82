import { type CreateMcpHandlerOptions, createMcpHandler } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { InMemoryEventStore, type SessionsOptions, sessions } from './index.ts'
import { EventReader, RawClient, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

function serve(options: SessionsOptions = {}, more: CreateMcpHandlerOptions = {}) {
  const stage = new Stage()
  const errors: Error[] = []
  const onerror = (error: Error) => errors.push(error)
  const handler = createMcpHandler(stage.factory, { legacy: sessions(options), onerror, ...more })
  return { stage, handler, errors }
}

async function open(
  options?: SessionsOptions,
  { version, ...more }: CreateMcpHandlerOptions & { version?: string } = {},
) {
  const served = serve(options, more)
  const client = new RawClient(served.handler, version ? { version } : {})
  await client.open({ elicitation: {}, roots: {} })
  return { ...served, client }
}

const resumable = () => ({ eventStore: new InMemoryEventStore() })

describe('the standalone stream', () => {
  it('is refused (406) to a client that takes no stream', async () => {
    const { client } = await open()
    expect((await client.send('GET', undefined, { accept: 'application/json' })).status).toBe(406)
  })

  it('begins with a comment at once, so that headers are not held back', async () => {
    const { client } = await open()
    const reader = (await client.listen()).body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/^: /)
    await reader.cancel()
  })

  it.each([
    ['with an event store', resumable],
    ['without one', () => ({})],
  ])('carries what a handler sends of itself, and nothing of a request, %s', async (_, options) => {
    const { client } = await open(options())
    const stream = new EventReader(await client.listen())
    const posted = await (await client.tool('log', { related: false })).text()
    expect(posted).not.toContain('a debug')
    expect([(await stream.message()).params.data, (await stream.message()).params.data]).toEqual([
      'a debug',
      'an error'.replace('an', 'a'),
    ])
    const related = await (await client.tool('log', { related: true })).text()
    expect(related).toContain('a debug')
    await client.tool('log', { related: false })
    expect((await stream.message()).params.data).toBe('a debug')
  })

  it('announces changes to those who asked', async () => {
    const { client, handler } = await open()
    const other = new RawClient(handler)
    await other.open()
    const [mine, others] = [new EventReader(await client.listen()), new EventReader(await other.listen())]
    expect(await (await client.call('resources/subscribe', { uri: 'doc://one' })).json()).toMatchObject({
      result: {},
    })
    handler.notify.resourceUpdated('doc://two')
    handler.notify.resourceUpdated('doc://one')
    await other.tool('touch', { uri: 'doc://one' })
    handler.notify.toolsChanged()
    const updated = { method: 'notifications/resources/updated', params: { uri: 'doc://one' } }
    expect([await mine.message(), await mine.message(), await mine.message()]).toMatchObject([
      updated,
      updated,
      { method: 'notifications/tools/list_changed' },
    ])
    expect(await others.message()).toMatchObject({ method: 'notifications/tools/list_changed' })
    await client.call('resources/unsubscribe', { uri: 'doc://one' })
    handler.notify.resourceUpdated('doc://one')
    handler.notify.promptsChanged()
    handler.notify.resourcesChanged()
    expect(await mine.message()).toMatchObject({ method: 'notifications/resources/list_changed' })
  })

  it('gives way to a newer one, and every message goes to exactly one', async () => {
    const { client, handler } = await open()
    const older = new EventReader(await client.listen())
    const newer = new EventReader(await client.listen())
    handler.notify.toolsChanged()
    expect(await newer.message()).toMatchObject({ method: 'notifications/tools/list_changed' })
    expect(await older.rest()).toEqual([])
  })

  it('may be opened again once its client has left', async () => {
    const { client, handler } = await open()
    await new EventReader(await client.listen()).leave()
    const stream = new EventReader(await client.listen())
    handler.notify.toolsChanged()
    expect(await stream.message()).toMatchObject({ method: 'notifications/tools/list_changed' })
  })

  it('ends with the session, and with the handler', async () => {
    const { client, handler } = await open(resumable())
    const first = new EventReader(await client.listen())
    await client.send('DELETE')
    expect(await first.rest()).toEqual([])
    await client.open()
    const second = new EventReader(await client.listen())
    await handler.close()
    expect(await second.rest()).toEqual([])
  })

  it('ends where its client reads too slowly', async () => {
    const { client, handler, errors } = await open()
    const response = await client.listen()
    for (let count = 0; count < 2000; count++) handler.notify.toolsChanged()
    expect((await new EventReader(response).rest()).length).toBeLessThan(1100)
    expect(errors.map(({ message }) => message)).toContain(
      'A client reads its GET stream too slowly: 1024 events are waiting',
    )
  })

  it('begins with an id and the time to come back after, from 2025-11-25 on', async () => {
    const { client } = await open({ ...resumable(), retryMs: 1234 })
    const first = await new EventReader(await client.listen()).next()
    expect(first).toEqual({ id: expect.stringMatching(/^[\x21-\x7e]+$/), retry: 1234 })
  })

  it('sends no empty event to a client before 2025-11-25', async () => {
    const { client, handler } = await open(resumable(), { version: '2025-06-18' })
    const stream = new EventReader(await client.listen())
    handler.notify.toolsChanged()
    expect(await stream.next()).toMatchObject({
      id: expect.any(String),
      message: { method: 'notifications/tools/list_changed' },
    })
  })
})

it('lets a handler go on once a change that it announces is kept', async () => {
  const eventStore = new InMemoryEventStore()
  const { client } = await open({ eventStore })
  const { storeEvent } = eventStore
  const kept: string[] = []
  let keep: (() => void) | undefined
  eventStore.storeEvent = async (streamId, message) => {
    if (streamId.startsWith('changes/') && 'method' in message) {
      await new Promise<void>((resolve) => {
        keep = resolve
      })
    }
    kept.push(streamId)
    return storeEvent.call(eventStore, streamId, message)
  }
  const touching = client.tool('touch', { uri: 'doc://one' })
  await until(() => keep)
  await client.call('ping')
  keep?.()
  await (await touching).text()
  expect(kept).toEqual([expect.stringContaining('/post.'), 'changes/all', expect.stringContaining('/post.')])
})

describe('the standalone stream, resumed', () => {
  it.each(['2025-11-25', '2025-06-18'])('loses nothing and repeats nothing, of %s', async (version) => {
    const { client, handler } = await open(resumable(), { version })
    await client.call('resources/subscribe', { uri: 'doc://one' })
    let stream = new EventReader(await client.listen())
    handler.notify.toolsChanged()
    await client.tool('log', { related: false })
    const heard = [await stream.message(), await stream.message(), await stream.message()]
    for (let round = 0; round < 3; round++) {
      await stream.leave()
      handler.notify.resourceUpdated('doc://one')
      await client.tool('log', { related: false })
      await until(() => handler.bus)
      const lastId = stream.lastId
      stream = new EventReader(await client.listen(lastId))
      stream.lastId = lastId
      handler.notify.toolsChanged()
      for (let count = 0; count < 4; count++) heard.push(await stream.message())
    }
    const counts = new Map<string, number>()
    for (const { method, params } of heard) {
      const what = params?.data ?? method
      counts.set(what, (counts.get(what) ?? 0) + 1)
    }
    expect(Object.fromEntries(counts)).toEqual({
      'notifications/tools/list_changed': 4,
      'notifications/resources/updated': 3,
      'a debug': 4,
      'a error': 4,
    })
  })

  it.each(['nonsense', 'get,no-such-event,neither', ',,', '%', 'x'.repeat(5000), 'post.1.2,3,'])(
    'begins anew after an event that nobody knows: %.20s',
    async (lastEventId) => {
      const { client, handler } = await open(resumable())
      const stream = new EventReader(await client.listen(lastEventId))
      await stream.next()
      handler.notify.toolsChanged()
      expect(await stream.message()).toMatchObject({ method: 'notifications/tools/list_changed' })
    },
  )

  it('shows a session nothing of another', async () => {
    const { client, handler } = await open(resumable())
    const stream = new EventReader(await client.listen())
    const { id } = (await stream.next())!
    await client.tool('log', { related: false })
    const other = new RawClient(handler)
    await other.open()
    const spying = new EventReader(await other.listen(id))
    handler.notify.toolsChanged()
    expect(await spying.message()).toMatchObject({ method: 'notifications/tools/list_changed' })
  })
})

describe('a stream that a handler closes', () => {
  it('is resumed by the client of the call, who was told when', async () => {
    const { client, stage } = await open(resumable())
    const stream = new EventReader(await client.tool('hang up', { standalone: false }))
    expect(await stream.next()).toMatchObject({ retry: 1000 })
    expect(await stream.rest()).toEqual([])
    const resumed = new EventReader(await client.listen(stream.lastId))
    stage.open('hung up')
    const [answer] = await resumed.rest()
    expect(answer.result.content[0].text).toBe('called back')
  })

  it('is resumed by the client that listens, who was told when', async () => {
    const { client, stage, handler } = await open(resumable())
    const stream = new EventReader(await client.listen())
    expect(await stream.next()).toMatchObject({ retry: 1000 })
    const call = new EventReader(await client.tool('hang up', { standalone: true }))
    expect(await stream.rest()).toEqual([])
    handler.notify.toolsChanged()
    const resumed = new EventReader(await client.listen(stream.lastId))
    expect(await resumed.message()).toMatchObject({ method: 'notifications/tools/list_changed' })
    stage.open('hung up')
    expect((await call.rest()).length).toBe(1)
  })
})

describe('the stream of a call', () => {
  it('begins with an id and the time to come back after, and every event has an id of its own', async () => {
    const { client, stage } = await open(resumable())
    const stream = new EventReader(await client.tool('steps', { key: 'a', count: 2 }))
    const first = await stream.next()
    expect(first).toEqual({ id: expect.any(String), retry: 1000 })
    await until(() => stage.gates.has('a 1'))
    stage.open('a 1')
    await until(() => stage.gates.has('a 2'))
    stage.open('a 2')
    const ids = [first?.id]
    for (let event = await stream.next(); event; event = await stream.next()) ids.push(event.id)
    expect(new Set(ids).size).toBe(4)
  })

  it('is JSON where there is nothing to resume', async () => {
    const { client } = await open()
    expect((await client.tool('echo', { text: 'x' })).headers.get('content-type')).toBe('application/json')
  })

  it.each(['2025-11-25', '2025-06-18'])('goes on where its client lost it, of %s', async (version) => {
    const { client, stage } = await open(resumable(), { version })
    const lost = new EventReader(await client.tool('steps', { key: 'a', count: 4 }))
    expect((await lost.message()).params.progress).toBe(1)
    await lost.leave()
    stage.open('a 1')
    await until(() => stage.gates.has('a 2'))
    stage.open('a 2')
    await until(() => stage.gates.has('a 3'))
    const resumed = new EventReader(await client.listen(lost.lastId))
    expect([(await resumed.message()).params.progress, (await resumed.message()).params.progress]).toEqual([
      2, 3,
    ])
    stage.open('a 3')
    await until(() => stage.gates.has('a 4'))
    stage.open('a 4')
    const [last, answer] = await resumed.rest()
    expect([last.params.progress, answer.result.content[0].text]).toEqual([4, 'made 4 steps'])
  })

  it('is resumed after the answer too, and then ends', async () => {
    const { client, stage } = await open(resumable())
    const lost = new EventReader(await client.tool('wait', { key: 'a' }))
    await lost.next()
    await lost.leave()
    await until(() => stage.gates.has('a'))
    stage.open('a')
    await until(async () => (await (await client.call('ping')).json()).result)
    for (const _ of [1, 2]) {
      const [answer, ...more] = await new EventReader(await client.listen(lost.lastId)).rest()
      expect([answer.result.content[0].text, more]).toEqual(['waited for a', []])
    }
  })

  it('begins again with the place where its client lost it, should it be lost again', async () => {
    const { client } = await open({ ...resumable(), retryMs: 1234 })
    const lost = new EventReader(await client.tool('wait', { key: 'a' }))
    const first = await lost.next()
    await lost.leave()
    const resumed = new EventReader(await client.listen(first?.id))
    expect(await resumed.next()).toEqual({ id: first?.id, retry: 1234 })
  })

  it.each([
    ['a result', 'echo', { text: 'x' }],
    ['an error', 'wait', { key: 'never' }],
  ])('tells a client that has its answer to stay away (204): %s', async (_, name, args) => {
    const { client } = await open(resumable(), { requestTimeoutMs: 20 })
    const stream = new EventReader(await client.tool(name, args))
    expect((await stream.rest()).length).toBe(1)
    expect((await client.listen(stream.lastId)).status).toBe(204)
  })

  it('tells so a client that was told that its call is lost', async () => {
    const { client } = await open(resumable())
    const gone = `post.${crypto.randomUUID()}.${encodeURIComponent(JSON.stringify('the call'))}`
    const stream = new EventReader(await client.listen(`${encodeURIComponent(gone)},gone,`))
    expect((await stream.message()).error.data).toEqual({ reason: 'call-lost' })
    expect((await client.listen(stream.lastId)).status).toBe(204)
  })

  it('gives way to the one that resumes it: nothing comes twice', async () => {
    const { client, stage } = await open(resumable())
    const first = new EventReader(await client.tool('wait', { key: 'a' }))
    await first.next()
    const second = new EventReader(await client.listen(first.lastId))
    await until(() => stage.gates.has('a'))
    stage.open('a')
    expect((await second.rest()).length).toBe(1)
    expect(await first.rest()).toEqual([])
  })

  it('is answered with an error where nobody runs the call any longer, or knows its events', async () => {
    const { client } = await open(resumable())
    const stream = `post.${crypto.randomUUID()}.${encodeURIComponent(JSON.stringify('the call'))}`
    const [answer, ...more] = await new EventReader(
      await client.listen(`${encodeURIComponent(stream)},gone,`),
    ).rest()
    expect(answer).toMatchObject({ id: 'the call', error: { code: -32603, data: { reason: 'call-lost' } } })
    expect(more).toEqual([])
  })

  it('shows a session nothing of another', async () => {
    const { client, handler } = await open(resumable())
    const stream = new EventReader(await client.tool('echo', { text: 'secret' }))
    const { id } = (await stream.next())!
    const other = new RawClient(handler)
    await other.open()
    expect(await (await other.listen(id)).text()).not.toContain('secret')
  })

  it('is refused (503), and nothing runs, while the event store is down', async () => {
    const eventStore = new InMemoryEventStore()
    const { client, stage } = await open({ eventStore })
    eventStore.storeEvent = async () => {
      throw new Error('down')
    }
    expect((await client.tool('wait', { key: 'never' })).status).toBe(503)
    expect(stage.gates.size).toBe(0)
    expect((await client.call('tools/list')).status).toBe(200)
  })

  it('still answers who is there when the event store goes down in between', async () => {
    const eventStore = new InMemoryEventStore()
    const { client, stage } = await open({ eventStore })
    const stream = new EventReader(await client.tool('wait', { key: 'a' }))
    eventStore.storeEvent = async () => {
      throw new Error('down')
    }
    await until(() => stage.gates.has('a'))
    stage.open('a')
    expect((await stream.message()).result.content[0].text).toBe('waited for a')
  })

  it('is answered to nobody where its client has left and nothing is kept', async () => {
    const { client, stage } = await open()
    const lost = new EventReader(await client.tool('steps', { key: 'a', count: 1 }))
    await lost.message()
    await lost.leave()
    stage.open('a 1')
    expect((await (await client.call('ping')).json()).result).toEqual({})
  })

  it('ends with an error where the session ends, and where the handler closes', async () => {
    const { client, handler, stage } = await open(resumable())
    const first = new EventReader(await client.tool('wait', { key: 'a' }))
    await until(() => stage.gates.has('a'))
    await client.send('DELETE')
    expect(await first.rest()).toMatchObject([{ error: { code: -32001 } }])
    await client.open()
    const second = new EventReader(await client.tool('wait', { key: 'b' }))
    await until(() => stage.gates.has('b'))
    await handler.close()
    expect(await second.rest()).toMatchObject([{ error: { code: -32603, message: 'The handler is closed' } }])
    expect(stage.aborted).toEqual(['a', 'b'])
  })
})

it('keeps every stream open with comments, from the first moment on, resumed ones too', async () => {
  const { client } = await open(resumable(), { keepAliveMs: 5, responseMode: 'sse' })
  const call = async () => new EventReader(await client.tool('wait', { key: 'a' }))
  const lost = await call()
  await lost.next()
  for (const response of [
    await client.listen(),
    await client.tool('wait', { key: 'a' }),
    await client.listen(lost.lastId),
  ]) {
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    const chunks: (string | undefined)[] = []
    while (chunks.filter((chunk) => chunk === ': keep-alive\n\n').length < 3)
      chunks.push((await reader.read()).value)
    expect(chunks.slice(0, 2)).toContain(': keep-alive\n\n')
    await reader.cancel()
  }
})

it('waits for an answer that is still being kept when its call is over', async () => {
  const eventStore = new InMemoryEventStore()
  const { client, stage } = await open({ eventStore })
  const lost = new EventReader(await client.tool('wait', { key: 'a' }))
  await lost.next()
  await lost.leave()
  await until(() => stage.gates.has('a'))
  const { storeEvent } = eventStore
  let keep!: () => void
  const slow = new Promise<void>((resolve) => {
    keep = resolve
  })
  eventStore.storeEvent = async (...event) => {
    await slow
    return storeEvent.apply(eventStore, event)
  }
  stage.open('a')
  const resumed = new EventReader(await client.listen(lost.lastId))
  await client.call('ping')
  keep()
  const [answer] = await resumed.rest()
  expect(answer.result?.content[0].text).toBe('waited for a')
})

it('sends no stream through an adapter that sends answers whole', async () => {
  const { handler } = serve(resumable())
  const client = new RawClient(handler, { streaming: false })
  await client.open({ elicitation: {} })
  expect((await client.tool('echo', { text: 'x' })).headers.get('content-type')).toBe('application/json')
  expect((await (await client.tool('ask', { related: true })).json()).result.isError).toBe(true)
  expect((await client.listen()).status).toBe(405)
})
