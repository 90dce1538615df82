import { reportContract } from '@portico-example/testing/contract-report'
import { eventStoreContract, sessionBusContract, sessionStoreContract } from '@portico-mcp/sessions/contract'
import { KvBus } from '../kv-bus.ts'
import { KvEventStore } from '../kv-event-store.ts'
import { KvSessionStore } from '../kv-session-store.ts'

// This runs on Deno. All stores have one client, since two of a local database lock each other out. Another one is closed.

const path = Deno.env.get('KV')
const kv = await Deno.openKv(path)
const closed = await Deno.openKv(path)
closed.close()

const ttlMs = 1000
const maxEventsPerStream = 30
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const limits = { ttlMs, maxEventsPerStream }

await Promise.all([
  reportContract(sessionStoreContract, () => ({
    store: new KvSessionStore(kv),
    other: new KvSessionStore(kv),
    unreachable: new KvSessionStore(closed),
    ttlMs,
    pass,
  })),
  reportContract(eventStoreContract, () => ({
    store: new KvEventStore(kv, limits),
    other: new KvEventStore(kv, limits),
    unreachable: new KvEventStore(closed, limits),
    ...limits,
    pass,
  })),
  reportContract(sessionBusContract, () => ({
    bus: new KvBus(kv),
    other: new KvBus(kv),
    unreachable: new KvBus(closed),
  })),
])

await reportContract(
  [
    {
      id: 'deno-kv/large-events',
      async run() {
        const store = new KvEventStore(kv)
        const large = { jsonrpc: '2.0', method: 'a', params: { text: 'ü'.repeat(100_000) } } as const
        const first = await store.storeEvent('large/a', { jsonrpc: '2.0', method: 'first' })
        const id = await store.storeEvent('large/a', large)
        await store.storeEvent('large/a', { jsonrpc: '2.0', method: 'last' })
        const replayed: unknown[] = []
        await store.replayEventsAfter(first, { send: async (...event) => void replayed.push(event) })
        if (JSON.stringify(replayed[0]) !== JSON.stringify([id, large])) throw new Error('it is not the same')
        if (replayed.length !== 2) throw new Error(`${replayed.length} events were replayed`)
      },
    },
    {
      id: 'deno-kv/too-large-events',
      async run() {
        const params = { text: 'x'.repeat(800_000) }
        const error = await new KvEventStore(kv)
          .storeEvent('large/b', { jsonrpc: '2.0', method: 'a', params })
          .catch((thrown: Error) => thrown)
        if (!(error instanceof RangeError)) throw new Error(`not rejected: ${error}`)
      },
    },
  ],
  () => undefined,
)
process.exit(0)
