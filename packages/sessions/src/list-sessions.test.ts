import { createHash } from 'node:crypto'
import { createMcpHandler } from '@portico-mcp/core'
import { expect, it } from 'vitest'
import {
  encryptedSessionIds,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
import { RawClient } from './testing/http.ts'
import { Stage } from './testing/server.ts'

function serve(options: SessionsOptions = {}) {
  const legacy = sessions(options)
  const handler = createMcpHandler(new Stage().factory, { legacy })
  const connect = async () => {
    const client = new RawClient(handler)
    await client.open()
    return client
  }
  return { legacy, handler, connect }
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

it('lists its sessions, the latest used last, without their ids', async () => {
  const before = Date.now()
  const { legacy, connect } = serve()
  expect(await legacy.list()).toEqual([])
  const [first, second] = [await connect(), await connect()]
  await first.call('ping')
  const listed = await legacy.list()
  expect(listed.map(({ id }) => id)).toEqual([digest(second.sessionId!), digest(first.sessionId!)])
  expect(listed[0]).toEqual({
    id: digest(second.sessionId!),
    client: { name: 'raw', version: '1.0.0' },
    protocolVersion: '2025-11-25',
    openedAt: expect.any(Number),
    usedAt: expect.any(Number),
    busy: false,
  })
  for (const { openedAt, usedAt } of listed) {
    expect(openedAt).toBeGreaterThanOrEqual(before)
    expect(usedAt).toBeGreaterThanOrEqual(openedAt)
  }
  expect(JSON.stringify(listed)).not.toContain(first.sessionId)
})

it('says which are busy', async () => {
  const { legacy, connect } = serve()
  const client = await connect()
  const stream = await client.send('GET', undefined, { accept: 'text/event-stream' })
  expect(await legacy.list()).toMatchObject([{ busy: true }])
  await stream.body!.cancel()
})

it('ends one, on every node, and no other', async () => {
  const shared = { store: new InMemorySessionStore(), bus: new InMemorySessionBus() }
  const [one, other] = [serve(shared), serve(shared)]
  const [ended, stays] = [await one.connect(), await one.connect()]
  const elsewhere = new RawClient(other.handler)
  elsewhere.sessionId = ended.sessionId
  expect((await elsewhere.call('ping')).status).toBe(200)
  expect(await one.legacy.end(ended.sessionId!)).toBe(false)
  expect(await one.legacy.end(digest(ended.sessionId!))).toBe(true)
  expect(await one.legacy.end(digest(ended.sessionId!))).toBe(false)
  for (const client of [ended, elsewhere]) expect((await client.call('ping')).status).toBe(404)
  expect((await stays.call('ping')).status).toBe(200)
})

it('cannot end what is kept in its id', async () => {
  const { legacy, connect } = serve({
    store: encryptedSessionIds({ keys: ['a secret of at least 32 characters'] }),
  })
  const client = await connect()
  expect(await legacy.end(digest(client.sessionId!))).toBe(false)
  expect((await client.call('ping')).status).toBe(200)
})
