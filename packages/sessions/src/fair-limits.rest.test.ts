import { Random, readSeed } from '@portico-example/testing/random'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import {
  InMemoryEventStore,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
  signedHandles,
} from './index.ts'
import { Holdings } from './store/holdings.ts'
import { EventReader, RawClient } from './testing/http.ts'

function serve(options: SessionsOptions) {
  const legacy = sessions(options)
  const handler = createMcpHandler(() => new McpServer({ name: 'shared', version: '1.0.0' }), { legacy })
  const open = async (caller: object): Promise<[RawClient, number]> => {
    const client = new RawClient(handler, caller)
    return [client, (await client.open()).status]
  }
  return { legacy, open, handler }
}

const user = (sub: string, clientId = 'app') => ({
  authInfo: { token: sub, clientId, scopes: [], extra: { sub } },
})
const from = (clientAddress: string) => ({ clientAddress })

const isServed = async (client: RawClient): Promise<boolean> => (await client.call('ping')).status === 200

describe("a stranger's hundreds of sessions", () => {
  it.each([
    ['without a known address', () => ({})],
    ['from one address', () => from('203.0.113.7')],
    ['from one IPv6 network', (count: number) => from(`2001:db8:0:1::${count.toString(16)}`)],
    [
      'from one address, written as IPv6',
      (count: number) => from(count % 2 ? '::ffff:203.0.113.7' : '203.0.113.7'),
    ],
    ['from a network of an IPv6 site each', (count: number) => from(`2001:db8:9:${count.toString(16)}::1`)],
    ['of one signed-in caller', () => user('eve')],
    ['of one user, by a client each', (count: number) => user('eve', `client-${count}`)],
  ])('end none of the others: %s', async (_, stranger) => {
    const { legacy, open } = serve({ maxSessions: 100 })
    const [ada] = await open(user('ada'))
    const [anonymous] = await open(from('198.51.100.1'))
    const [neighbour] = await open(from('2001:db8:0:2::1'))
    for (let count = 0; count < 300; count++) expect((await open(stranger(count)))[1]).toBe(200)
    expect(legacy.size).toBe(100)
    for (const client of [ada, anonymous, neighbour]) expect(await isServed(client)).toBe(true)
  })

  it('push no record out of a store in memory that is given', async () => {
    const store = new InMemorySessionStore({ maxSessions: 100 })
    const { open } = serve({ store, maxSessions: 50 })
    const [ada] = await open(user('ada'))
    const [anonymous] = await open(from('198.51.100.1'))
    for (let count = 0; count < 300; count++) await open(from('203.0.113.7'))
    expect(store.size).toBe(100)
    for (const client of [ada, anonymous]) expect(await isServed(client)).toBe(true)
  })

  it('push no record out of a store in memory from the networks of a site either', async () => {
    const store = new InMemorySessionStore({ maxSessions: 100 })
    const { open } = serve({ store, maxSessions: 50 })
    const [ada] = await open(user('ada'))
    const [neighbour] = await open(from('2001:db8:a:1::1'))
    for (let count = 0; count < 300; count++) await open(from(`2001:db8:9:${count.toString(16)}::1`))
    expect(store.size).toBe(100)
    for (const client of [ada, neighbour]) expect(await isServed(client)).toBe(true)
  })

  it('keep the stranger out (503), not the others, while all of them are busy', async () => {
    const { open } = serve({ maxSessions: 10 })
    const [ada] = await open(user('ada'))
    const [bob] = await open(user('bob'))
    const streams: EventReader[] = []
    for (let count = 0; count < 8; count++) {
      const [client] = await open(from('203.0.113.7'))
      streams.push(new EventReader(await client.listen()))
    }
    expect((await open(from('203.0.113.7')))[1]).toBe(503)
    for (const client of [ada, bob]) expect(await isServed(client)).toBe(true)
    expect((await open(user('cleo')))[1]).toBe(200)
    await Promise.all(streams.map((stream) => stream.leave()))
  })
})

it('takes from who holds most, also where that is by one', async () => {
  const { open } = serve({ maxSessions: 5 })
  const bob = [(await open(user('bob')))[0], (await open(user('bob')))[0]]
  const ada = [(await open(user('ada')))[0], (await open(user('ada')))[0], (await open(user('ada')))[0]]
  await open(user('cleo'))
  expect(await Promise.all([...bob, ...ada].map(isServed))).toEqual([true, true, false, true, true])
})

it('takes the session that was used longest ago from holders of the same number, the one who comes first', async () => {
  const { open } = serve({ maxSessions: 3 })
  const [ada] = await open(user('ada'))
  const [bob] = await open(user('bob'))
  const [cleo] = await open(user('cleo'))
  await ada.call('ping')
  const [again] = await open(user('cleo'))
  expect(await Promise.all([ada, bob, cleo, again].map(isServed))).toEqual([true, true, false, true])
  const [dan] = await open(user('dan'))
  expect(await Promise.all([ada, bob, again, dan].map(isServed))).toEqual([false, true, true, true])
})

it('keeps the handles of others from one who has many', async () => {
  const store = new InMemorySessionStore({ maxSessions: 100 })
  const carts = signedHandles({ purpose: 'cart', keys: ['a secret of at least 32 characters'], store })
  const cart = await carts.create({ apples: 1 }, user('ada'))
  for (let count = 0; count < 1000; count++) await carts.create({ count }, user('eve'))
  expect(await carts.read(cart, user('ada'))).toEqual({ apples: 1 })
})

it('keeps the events of other sessions from one that has many', async () => {
  const store = new InMemoryEventStore({ maxTotalLength: 10_000, maxEventsPerStream: 1_000_000 })
  const message = (data: string) => ({ jsonrpc: '2.0' as const, method: 'a', params: { data } })
  const first = await store.storeEvent('ada/get', message('first'))
  await store.storeEvent('ada/get', message('second'))
  for (let count = 0; count < 1000; count++)
    await store.storeEvent(`eve/post.${count % 7}`, message('x'.repeat(50)))
  const replayed: unknown[] = []
  const send = async (_: string, sent: unknown): Promise<void> => void replayed.push(sent)
  expect(await store.replayEventsAfter(first, { send })).toBe('ada/get')
  expect(replayed).toEqual([message('second')])
  expect(store.size).toBeGreaterThan(50)
  // one that is larger than all there may be leaves nothing of anybody else behind, either
  await store.storeEvent('eve/get', message('x'.repeat(20_000)))
  expect(await store.replayEventsAfter(first, { send })).toBe('ada/get')
})

describe('holdings', () => {
  it('forget the networks of a site with their items', () => {
    const holdings = new Holdings<number>()
    const network = (count: number) => `network 2001:db8:9:${count.toString(16)}`
    for (let round = 0; round < 3; round++) {
      for (let item = 0; item < 100; item++) holdings.use(network(item), item)
      for (let item = 0; item < 100; item++) holdings.use(network(item), item)
      expect([network(15), network(16), network(200)].map((name) => holdings.getWeight(name))).toEqual([
        1, 84, 84,
      ])
      for (let item = 0; item < 100; item++) holdings.delete(item)
      expect(holdings.getWeight(network(200))).toBe(0)
      expect([...holdings.fromLargest()]).toEqual([])
    }
  })

  it('name the items of who holds most first, whatever is added, used and removed', () => {
    const random = new Random(readSeed('whose items are named first', 3))
    const holdings = new Holdings<number>()
    const model = new Map<number, string>()
    for (let step = 0; step < 5000; step++) {
      const item = random.below(60)
      const holder = model.get(item) ?? `holder ${random.below(5)}`
      if (random.below(3) === 0) {
        holdings.delete(item)
        model.delete(item)
      } else {
        holdings.use(holder, item)
        model.delete(item)
        model.set(item, holder)
      }
      const counts = new Map<string, number>()
      for (const name of model.values()) counts.set(name, (counts.get(name) ?? 0) + 1)
      const most = Math.max(0, ...counts.values())
      const [first] = holdings.fromLargest()
      expect(first?.[1] ?? 0).toBe(most)
      const victim = model.get(first?.[0] as number)
      expect(first?.[0]).toBe([...model].find(([, name]) => name === victim)?.[0])
      expect([...holdings.fromLargest()].length).toBe(model.size)
    }
  })
})
