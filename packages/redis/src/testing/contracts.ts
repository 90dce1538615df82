import { describeContract } from '@portico-example/testing/contracts'
import { eventStoreContract, sessionBusContract, sessionStoreContract } from '@portico-mcp/sessions/contract'
import { taskStoreContract } from '@portico-mcp/tasks/contract'
import { type RedisBackend, RedisBus, RedisEventStore, RedisSessionStore, RedisTaskStore } from '../index.ts'

const TTL_MS = 1000
const MAX_EVENTS = 30
const CONCURRENT = { concurrent: true }

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Three connections: those of two nodes, and one that finds no Redis. */
export interface Nodes {
  one: RedisBackend
  two: RedisBackend
  lost: RedisBackend
  /** Opens one more connection. */
  open(prefix: string): RedisBackend
}

/** Puts the stores and the bus to every case of their contracts, but those whose ids are named. */
export function describeContracts(nodes: () => Nodes, except: readonly string[] = []): void {
  describeContract(
    'the session store',
    sessionStoreContract,
    () => ({
      ...ofNodes(nodes(), (redis) => new RedisSessionStore(redis)),
      ttlMs: TTL_MS,
      pass,
    }),
    CONCURRENT,
  )
  describeContract(
    'the event store',
    eventStoreContract,
    () => ({
      ...ofNodes(
        nodes(),
        (redis) => new RedisEventStore(redis, { maxEventsPerStream: MAX_EVENTS, ttlMs: TTL_MS }),
      ),
      maxEventsPerStream: MAX_EVENTS,
      ttlMs: TTL_MS,
      pass,
    }),
    CONCURRENT,
  )
  describeContract(
    'the task store',
    taskStoreContract,
    () => ({
      ...ofNodes(nodes(), (redis) => new RedisTaskStore(redis)),
      createEmpty: () => new RedisTaskStore(nodes().open(`empty-${crypto.randomUUID()}`)),
      ttlMs: TTL_MS,
      pass,
    }),
    CONCURRENT,
  )
  describeContract(
    'the bus',
    sessionBusContract.filter(({ id }) => !except.includes(id)),
    () => {
      const { store: bus, ...others } = ofNodes(nodes(), (redis) => new RedisBus(redis))
      return { bus, ...others }
    },
    CONCURRENT,
  )
}

function ofNodes<Part>({ one, two, lost }: Omit<Nodes, 'open'>, make: (redis: RedisBackend) => Part) {
  return { store: make(one), other: make(two), unreachable: make(lost) }
}
