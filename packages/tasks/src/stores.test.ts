import { setTimeout as sleep } from 'node:timers/promises'
import { describeContract } from '@portico-example/testing/contracts'
import { taskStoreContract } from './contract/index.ts'
import { InMemoryTaskStore } from './index.ts'

describeContract('the task store in memory', taskStoreContract, () => {
  const store = new InMemoryTaskStore()
  return {
    store,
    other: store,
    createEmpty: () => new InMemoryTaskStore(),
    ttlMs: 150,
    pass: (ms) => sleep(ms),
  }
})
