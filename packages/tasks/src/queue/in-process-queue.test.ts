import { describeContract } from '@portico-example/testing/contracts'
import { expect, it } from 'vitest'
import { taskQueueContract } from '../contract/index.ts'
import { InProcessQueue } from './in-process-queue.ts'

const LIMITS = { attempts: 3, concurrency: 2 }

describeContract(
  'the queue in this process',
  taskQueueContract,
  () => {
    const queue = new InProcessQueue({ ...LIMITS, retryDelayMs: 10 })
    return { queue, other: queue, ...LIMITS }
  },
  { concurrent: true },
)

it.each<[string, object]>([
  ['InProcessQueue: concurrency must be an integer of 1 or more (got 0)', { concurrency: 0 }],
  ['InProcessQueue: there is no option "atempts": did you mean attempts?', { atempts: 1 }],
  ['InProcessQueue: retryDelayMs must be a number of milliseconds', { retryDelayMs: -1 }],
])('refuses an option: %s', (message, options) => {
  expect(() => new InProcessQueue(options)).toThrow(message)
})
