import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import {
  type ContractCase,
  eventStoreContract,
  NotApplicable,
  sessionBusContract,
  sessionStoreContract,
} from './contract/index.ts'
import { InMemoryEventStore, InMemorySessionBus, InMemorySessionStore } from './index.ts'

function describeContract<Subject>(
  name: string,
  cases: readonly ContractCase<Subject>[],
  subject: () => Subject,
): void {
  describe(name, () => {
    it.each(cases)('$title', async ({ run }) => {
      await run(subject()).catch((error) => {
        if (!(error instanceof NotApplicable)) throw error
      })
    })
  })
}

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout'], shouldAdvanceTime: true }))
afterEach(() => vi.useRealTimers())

describeContract('the session store in memory', sessionStoreContract, () => {
  const store = new InMemorySessionStore()
  return { store, other: store, ttlMs: 1000, pass }
})

describeContract('the event store in memory', eventStoreContract, () => {
  const store = new InMemoryEventStore({ maxEventsPerStream: 30, ttlMs: 1000 })
  return { store, other: store, maxEventsPerStream: 30, ttlMs: 1000, pass }
})

describeContract('the bus in memory', sessionBusContract, () => {
  const bus = new InMemorySessionBus()
  return { bus, other: bus }
})
