import { afterAll, expect, it, vi } from 'vitest'
import { RedisServer } from '../../redis/src/testing/redis-server.ts'
import { type BullmqQueueOptions, bullmqQueue } from './index.ts'
import { describeRedis, useRedis } from './testing/redis.ts'

describeRedis('a queue', () => {
  const server = useRedis()
  const queues: ReturnType<typeof bullmqQueue>[] = []
  afterAll(async () => {
    for (const queue of queues) await queue.close?.()
  })

  const open = (options: Partial<BullmqQueueOptions> = {}) => {
    const connection = { url: server().url }
    const queue = bullmqQueue({ connection, name: crypto.randomUUID(), backoff: 10, ...options })
    queues.push(queue)
    return queue
  }
  const begun = (run: ReturnType<typeof vi.fn>, count = 1) =>
    vi.waitUntil(() => run.mock.calls.length >= count, { timeout: 20_000 })

  it('stores the id of a task, and nothing of what a failed run says', async () => {
    const queue = open({ attempts: 2, removeOnFail: false })
    const onerror = vi.fn()
    const run = vi.fn(() => Promise.reject(new TypeError('hunter2')))
    const worker = queue.work(run, onerror)
    await queue.add({ taskId: 'careful' })
    await begun(onerror, 2)
    await worker.close()
    expect(String(onerror.mock.calls[0]?.[0])).toBe('TypeError: hunter2')
    const keys = await server().ask<string[]>('KEYS', '*')
    const job = keys.find((key) => key.endsWith(':1'))
    const stored = JSON.stringify(await server().ask('HGETALL', job as string))
    expect(stored).toContain('careful')
    expect(stored).toContain('A run of the task failed with TypeError')
    expect(stored).not.toContain('hunter2')
  })

  it('keeps nothing of ended jobs, and all keys in one slot of a Cluster', async () => {
    const queue = open({ name: 'tidy' })
    const run = vi.fn(async () => {})
    const worker = queue.work(run, () => {})
    for (let index = 0; index < 5; index++) await queue.add({ taskId: `tidy-${index}` })
    await begun(run, 5)
    await worker.close()
    const keys = await server().ask<string[]>('KEYS', '*tidy*')
    expect(keys.filter((key) => !/:(meta|id|events|pc|marker|stalled-check)$/.test(key))).toEqual([])
    for (const key of keys) expect(key).toMatch(/^\{portico\}:tidy:/)
  })

  it('closes a worker although a run does not heed its signal, and lets another worker run the job', async () => {
    const queue = open({ stalledIntervalMs: 1000 })
    const stuck = vi.fn(() => new Promise<void>(() => {}))
    const worker = queue.work(stuck, () => {})
    await queue.add({ taskId: 'stuck' })
    await begun(stuck)
    await worker.close()
    const run = vi.fn(async () => {})
    const other = queue.work(run, () => {})
    await begun(run)
    expect(run.mock.calls).toMatchObject([[{ taskId: 'stuck' }, { attempt: 1 }]])
    await other.close()
  })

  it('aborts a run whose job another worker has taken over', async () => {
    const queue = open({ stalledIntervalMs: 1000, concurrency: 1 })
    const signals: AbortSignal[] = []
    const run = vi.fn((_: unknown, { signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      if (signals.length > 1) return Promise.resolve()
      // blocks the event loop, so that the lock of the job is not renewed
      return new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve())
        setTimeout(() => {
          for (const start = Date.now(); Date.now() < start + 1500; );
        }, 50)
      })
    })
    const errors = vi.fn()
    const workers = [queue.work(run as never, errors), queue.work(run as never, errors)]
    await queue.add({ taskId: 'blocked' })
    await begun(run, 2)
    await vi.waitUntil(() => signals[0]?.aborted, { timeout: 10_000 })
    expect(String(signals[0]?.reason)).toBe('Error: Another worker has taken the job over')
    await Promise.all(workers.map((worker) => worker.close()))
  })

  it('rejects while Redis hangs, reports an outage once, and goes on after it', async () => {
    const own = await RedisServer.start()
    const onerror = vi.fn()
    const queue = bullmqQueue({ connection: { url: own.url }, timeoutMs: 300, onerror })
    try {
      await queue.add({ taskId: 'before' })
      own.pause()
      await expect(queue.add({ taskId: 'hanging' })).rejects.toMatchObject({
        name: 'BullmqQueueError',
        code: 'queue-timeout',
        message: 'The queue did not answer within 300 ms: Redis may be unreachable',
      })
      own.resume()
      await vi.waitUntil(() =>
        queue.add({ taskId: 'after' }).then(
          () => true,
          () => false,
        ),
      )
      await own.kill()
      await expect(queue.add({ taskId: 'gone' })).rejects.toMatchObject({ name: 'BullmqQueueError' })
      await vi.waitUntil(() => onerror.mock.calls.length > 0, { timeout: 10_000 })
      await own.start()
      await vi.waitUntil(
        () =>
          queue.add({ taskId: 'again' }).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      expect(onerror).toHaveBeenCalledTimes(1)
    } finally {
      await queue.close?.()
      await own.stop()
    }
  })
})
