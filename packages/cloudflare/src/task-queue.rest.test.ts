import { taskQueueContract } from '@portico-mcp/tasks/contract'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleWorker } from './testing/isolates.ts'

/** What the queue does not do, and what cannot be tested this way. */
const EXCEPTIONS: Record<string, string> = {
  'task-queue/spreads': 'each task has its own object, so a worker has no limit',
  'task-queue/priorities': 'each task has its own object, so no job comes before another',
  'task-queue/runs': 'it reads the signal of a run, which belongs to another request on Workers',
  'task-queue/drains': 'it reads the signal of a run',
  'task-queue/gives-back': 'it reads the signal of a run, and aborts it',
}

let worker: Miniflare

beforeAll(async () => {
  const durableObject = (className: string) => ({ className, useSQLite: true })
  worker = new Miniflare({
    modules: true,
    script: await bundleWorker(new URL('./testing/queue-worker.ts', import.meta.url)),
    compatibilityDate: '2026-04-26',
    cf: false,
    durableObjects: { PORTICO: durableObject('PorticoObject'), LOST: durableObject('LostObject') },
  })
  await worker.ready
})
afterAll(() => worker?.dispose())

describe('the task queue', { concurrent: true }, () => {
  const cases = taskQueueContract.filter(({ id }) => EXCEPTIONS[id] === undefined)
  it.each(cases)('$title', async ({ id }) => {
    const response = await worker.dispatchFetch(`http://worker/?id=${encodeURIComponent(id)}`)
    expect(await response.text()).toBe('passed')
  })
})
