import { taskQueueContract } from '@portico-mcp/tasks/contract'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleWorker } from './testing/isolates.ts'

/** What the queue does not do, and what cannot be tested this way. */
const EXCEPTIONS: Record<string, string> = {
  'task-queue/runs': 'it reads the signal of a run, which belongs to another request on Workers',
  'task-queue/drains': 'it reads the signal of a run',
  'task-queue/gives-back': 'it reads the signal of a run, and aborts it',
  'task-queue/spreads': 'a worker has no limit, the consumer of the queue has one',
  'task-queue/priorities': 'the platform delivers messages without an order',
  'task-queue/waiting-once': 'each message is delivered, and the store lets one run have the task',
  'task-queue/added-while-it-runs': 'each message is delivered',
  'task-queue/removes': 'a message cannot be taken back',
  'task-queue/unreachable': 'a message cannot be taken back, so remove() sends nothing that could fail',
}

let worker: Miniflare

beforeAll(async () => {
  worker = new Miniflare({
    modules: true,
    script: await bundleWorker(new URL('./testing/queues-contract-worker.ts', import.meta.url)),
    compatibilityDate: '2026-04-26',
    cf: false,
    queueProducers: { TASKS: 'tasks' },
    queueConsumers: { tasks: { maxBatchSize: 10, maxBatchTimeout: 0.05, maxRetries: 5 } },
  })
  await worker.ready
})
afterAll(() => worker?.dispose())

describe('the contract of a task queue on Cloudflare Queues', () => {
  const cases = taskQueueContract.filter(({ id }) => EXCEPTIONS[id] === undefined)
  it.each(cases)('$title', async ({ id }) => {
    const response = await worker.dispatchFetch(`http://worker/?id=${encodeURIComponent(id)}`)
    expect(await response.text()).toBe('passed')
  })
})
