import { describeContract } from '@portico-example/testing/contracts'
import { eventStoreContract, sessionBusContract, sessionStoreContract } from '@portico-mcp/sessions/contract'
import { taskStoreContract } from '@portico-mcp/tasks/contract'
import { afterAll, beforeAll } from 'vitest'
import { Isolates } from './testing/isolates.ts'
import { Remote } from './testing/remote.ts'

const TTL_MS = 4000
const MAX_EVENTS = 30
const CONCURRENT = { concurrent: true }

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

let isolates: Isolates

beforeAll(async () => {
  isolates = await Isolates.start(new URL('./testing/contract-worker.ts', import.meta.url))
})
afterAll(() => isolates?.stop())

/** The same part in two isolates, and in one whose objects cannot be reached. */
function open<Part>(select: (remote: Remote) => Part): { store: Part; other: Part; unreachable: Part } {
  const options = { ttlMs: TTL_MS, maxEventsPerStream: MAX_EVENTS }
  return {
    store: select(new Remote(isolates, 'one', options)),
    other: select(new Remote(isolates, 'two', options)),
    unreachable: select(new Remote(isolates, 'one', { ...options, isLost: true })),
  }
}

describeContract(
  'the session store',
  sessionStoreContract,
  () => ({ ...open((remote) => remote.sessionStore), ttlMs: TTL_MS, pass }),
  CONCURRENT,
)

describeContract(
  'the store of an authorization server',
  sessionStoreContract,
  () => ({ ...open((remote) => remote.oauthStore), ttlMs: TTL_MS, pass }),
  CONCURRENT,
)

describeContract(
  'the task store',
  taskStoreContract,
  () => ({ ...open((remote) => remote.taskStore), ttlMs: TTL_MS, pass }),
  CONCURRENT,
)

describeContract(
  'the event store',
  eventStoreContract,
  () => ({
    ...open((remote) => remote.eventStore),
    maxEventsPerStream: MAX_EVENTS,
    ttlMs: TTL_MS,
    pass,
  }),
  CONCURRENT,
)

describeContract(
  'the session bus',
  sessionBusContract,
  () => {
    const { store: bus, ...others } = open((remote) => remote.sessionBus)
    return { bus, ...others }
  },
  CONCURRENT,
)
