import { describeContract } from '@portico-example/testing/contracts'
import { afterEach, beforeEach, vi } from 'vitest'
import { eventStoreContract, sessionBusContract, sessionStoreContract } from './contract/index.ts'
import { InMemoryEventStore, InMemorySessionBus, InMemorySessionStore } from './index.ts'

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
