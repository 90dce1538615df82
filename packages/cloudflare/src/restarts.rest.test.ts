import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Isolates } from './testing/isolates.ts'
import { Remote } from './testing/remote.ts'

const DAY_MS = 86_400_000

let isolates: Isolates
const remotes: Remote[] = []

beforeAll(async () => {
  isolates = await Isolates.start(new URL('./testing/contract-worker.ts', import.meta.url))
})
afterAll(() => isolates?.stop())

function connect(isolate: 'one' | 'two'): Remote {
  const remote = new Remote(isolates, isolate)
  remotes.push(remote)
  return remote
}

const newId = (): string => crypto.randomUUID()
const until = (look: () => unknown): Promise<unknown> => vi.waitUntil(look, { timeout: 20_000 })

/** How objects are restarted: each thrown out of memory, and all of workerd. */
const RESTARTS: [string, () => Promise<void>][] = [
  ['its objects are restarted', () => isolates.restartObjects()],
  ['workerd is started again', () => isolates.restart()],
]

describe.each(RESTARTS)('after %s', (_, restart) => {
  it('a session of one isolate is read, changed and claimed on another', async () => {
    const id = newId()
    const one = connect('one').sessionStore
    await one.createSession(id, { a: 1 }, DAY_MS)
    await one.claimSession?.(id, DAY_MS)
    await restart()
    const two = connect('two').sessionStore
    expect((await two.getSession(id))?.data).toEqual({ a: 1 })
    expect(await two.updateSession(id, { b: 2 })).toBe(true)
    expect(await two.claimSession?.(id, DAY_MS)).toBeUndefined()
    expect(await two.createSession(id, {}, DAY_MS)).toBe(false)
  })

  it('a code of one isolate is used once on another', async () => {
    const id = newId()
    await connect('one').oauthStore.createSession(id, { user: 'ann' }, DAY_MS)
    await restart()
    const two = connect('two').oauthStore
    expect((await two.getSession(id))?.data).toEqual({ user: 'ann' })
    expect(await two.createSession(`${id}.used`, {}, DAY_MS)).toBe(true)
    expect(await connect('one').oauthStore.createSession(`${id}.used`, {}, DAY_MS)).toBe(false)
  })

  it('a task of one isolate is read, changed and listed on another', async () => {
    const [taskId, owner] = [newId(), newId()]
    const expiresAt = Date.now() + DAY_MS
    const task = { taskId, owner, version: 0, createdAt: Date.now(), expiresAt, value: 'begun' }
    const limits = { perOwner: 1, total: 1 }
    expect(await connect('one').taskStore.createTask(task, limits)).toBe('created')
    await restart()
    const two = connect('two').taskStore
    const ended = { ...task, version: 1, value: 'ended' }
    expect(await two.updateTask(ended)).toBe(true)
    expect((await two.listTasks(owner, { limit: 10 })).tasks).toEqual([ended])
    expect(await two.createTask({ ...task, taskId: newId() }, limits)).toBe('owner-full')
  })

  it('a client has no more tokens than before', async () => {
    const key = newId()
    const bucket = { capacity: 3, refillPerSecond: 0.001 }
    const [one, two] = [connect('one').rateLimitStore, connect('two').rateLimitStore]
    expect([(await one.take(key, bucket)).allowed, (await two.take(key, bucket)).allowed]).toEqual([
      true,
      true,
    ])
    await restart()
    const taken = [connect('two'), connect('one')].map(({ rateLimitStore }) =>
      rateLimitStore.take(key, bucket),
    )
    expect((await Promise.all(taken)).filter(({ allowed }) => allowed)).toHaveLength(1)
  })

  it('events of one isolate are replayed on another, and new ones have new ids', async () => {
    const stream = `${newId()}/stream`
    const message = (data: number) =>
      ({ jsonrpc: '2.0', method: 'notifications/message', params: { data } }) as const
    const first = await connect('one').eventStore.storeEvent(stream, message(1))
    const second = await connect('one').eventStore.storeEvent(stream, message(2))
    await restart()
    const two = connect('two').eventStore
    const third = await two.storeEvent(stream, message(3))
    expect(new Set([first, second, third]).size).toBe(3)
    const replayed: unknown[] = []
    const replay = { send: async (...event: unknown[]) => void replayed.push(event) }
    expect(await two.replayEventsAfter(first, replay)).toBe(stream)
    expect(replayed).toEqual([
      [second, message(2)],
      [third, message(3)],
    ])
  })
})

it('a listener of a session hears what is sent while its object restarts, once and in order', async () => {
  const channel = newId()
  const heard: unknown[] = []
  await connect('one').sessionBus.listen(channel, (message) => void heard.push(message.number))
  const { sessionBus } = connect('two')
  const sent: number[] = []
  for (let number = 0; number < 30; number++) {
    if (number % 10 === 5) await isolates.restartObjects()
    // The object may be restarting, and a message is never sent twice.
    const isSent = await sessionBus.send(channel, { number }).then(
      () => true,
      () => false,
    )
    if (isSent) sent.push(number)
  }
  expect(sent.length).toBeGreaterThan(20)
  await until(() => heard.includes(sent.at(-1)))
  expect(heard).toEqual(sent)
})

it('changes that are published on one isolate reach listeners on another, also after a restart', async () => {
  const heard: unknown[] = []
  await connect('two').bus.subscribed((event) => void heard.push(event))
  const { bus } = connect('one')
  for (const uri of ['test://1', 'test://2']) bus.publish({ kind: 'resource_updated', uri })
  await until(() => heard.length === 2)
  await isolates.restartObjects()
  bus.publish({ kind: 'tools_list_changed' })
  await until(() => heard.length === 3)
  expect(heard).toEqual([
    { kind: 'resource_updated', uri: 'test://1' },
    { kind: 'resource_updated', uri: 'test://2' },
    { kind: 'tools_list_changed' },
  ])
})

it('a listener that comes late hears what was published since the time that it names', async () => {
  const object = `changes-${newId()}`
  const url = (after: number): string => `https://object/?object=${object}&after=${after}`
  const begun = Date.now() * 1000 - 1
  const worker = await isolates.worker('one')
  await worker.fetch('https://object/', {
    method: 'POST',
    body: JSON.stringify([object, 'send', [['one', 'two']]]),
  })
  await isolates.restartObjects()
  const response = await worker.fetch(url(begun), { headers: { upgrade: 'websocket' } })
  const frames: [number, string[]][] = []
  response.webSocket?.addEventListener('message', ({ data }) => frames.push(JSON.parse(String(data))))
  response.webSocket?.accept()
  await until(() => frames.length === 2)
  expect(frames.map(([, messages]) => messages)).toEqual([['one', 'two'], []])
})
