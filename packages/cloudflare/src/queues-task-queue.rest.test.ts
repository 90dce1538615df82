import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type QueueMessage, queuesTaskQueue } from './index.ts'
import { bundleWorker } from './testing/isolates.ts'

const META = 'io.modelcontextprotocol/'

describe('tasks on Cloudflare Queues', () => {
  let workers: Miniflare

  // One isolate takes the calls, another one the messages; the objects are in the second one.
  beforeAll(async () => {
    const script = await bundleWorker(new URL('./testing/queues-worker.ts', import.meta.url))
    const shared = {
      modules: true,
      script,
      compatibilityDate: '2026-04-26',
      queueProducers: { TASKS: 'tasks' },
    }
    const bound = { className: 'PorticoObject', useSQLite: true }
    workers = new Miniflare({
      cf: false,
      workers: [
        { ...shared, name: 'calls', durableObjects: { PORTICO: { ...bound, scriptName: 'messages' } } },
        {
          ...shared,
          name: 'messages',
          durableObjects: { PORTICO: bound },
          queueConsumers: { tasks: { maxBatchSize: 5, maxBatchTimeout: 0.1, maxRetries: 5 } },
        },
      ],
    })
    await workers.ready
  })
  afterAll(() => workers?.dispose())

  async function ask(method: string, params: { name?: string; taskId?: string; [member: string]: unknown }) {
    const worker = await workers.getWorker('calls')
    const _meta = {
      [`${META}protocolVersion`]: '2026-07-28',
      [`${META}clientCapabilities`]: { elicitation: {}, extensions: { [`${META}tasks`]: {} } },
      [`${META}clientInfo`]: { name: 'a', version: '1.0.0' },
    }
    const response = await worker.fetch('http://localhost/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        'mcp-name': String(params.name ?? params.taskId),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
    })
    const { result, error } = (await response.json()) as { result: any; error?: unknown }
    expect(error).toBeUndefined()
    return result
  }

  const until = async (taskId: string, status: string): Promise<any> => {
    await expect
      .poll(async () => (await ask('tasks/get', { taskId })).status, { timeout: 60_000, interval: 100 })
      .toBe(status)
    return ask('tasks/get', { taskId })
  }

  it('run where their messages are consumed', async () => {
    const ids = await Promise.all(
      [50, 100, 150].map(async (ms) => (await ask('tools/call', { name: 'wait', arguments: { ms } })).taskId),
    )
    for (const taskId of ids) {
      expect((await until(taskId, 'completed')).result.content[0].text).toMatch(/^waited \d+$/)
    }
  })

  it('ask their client, and go on with its answer', async () => {
    const { taskId } = await ask('tools/call', { name: 'ask', arguments: {} })
    const { inputRequests } = await until(taskId, 'input_required')
    const [key] = Object.keys(inputRequests) as [string]
    await ask('tasks/update', {
      taskId,
      inputResponses: { [key]: { action: 'accept', content: { name: 'Ann' } } },
    })
    expect((await until(taskId, 'completed')).result.content[0].text).toBe('Ann 1')
  })
})

describe('a message', () => {
  const message = (body: unknown, attempts = 1) =>
    ({ body, attempts, ack: vi.fn(), retry: vi.fn() }) satisfies QueueMessage
  const start = (run: () => Promise<void>) => {
    const queue = queuesTaskQueue({ send: async () => {} }, { attempts: 2, retryDelayMs: 1500 })
    const onerror = vi.fn()
    const seen = vi.fn(run)
    const worker = queue.work(seen, onerror)
    return { queue, worker, seen, onerror }
  }

  it('is acknowledged when its task has ended or waits for its client', async () => {
    const { queue, seen } = start(async () => {})
    const one = message({ taskId: 'a' })
    await queue.consume({ messages: [one] })
    expect(one.ack).toHaveBeenCalledOnce()
    expect(seen).toHaveBeenCalledWith({ taskId: 'a' }, expect.objectContaining({ attempt: 0, isLast: false }))
  })

  it('comes again when its run fails, as often as attempts allows', async () => {
    const { queue, seen, onerror } = start(async () => {
      throw new Error('broken')
    })
    const [first, last] = [message({ taskId: 'a' }), message({ taskId: 'a' }, 2)]
    await queue.consume({ messages: [first, last] })
    expect(first.retry).toHaveBeenCalledWith({ delaySeconds: 2 })
    expect(last.ack).toHaveBeenCalledOnce()
    expect(seen).toHaveBeenLastCalledWith({ taskId: 'a' }, expect.objectContaining({ isLast: true }))
    expect(onerror).toHaveBeenCalledTimes(2)
  })

  it('comes again where nothing runs tasks, and is dropped if it is no job', async () => {
    const { queue, worker, seen } = start(async () => {})
    const foreign = message('hello')
    await queue.consume({ messages: [foreign] })
    expect(foreign.ack).toHaveBeenCalledOnce()
    await worker.close()
    const one = message({ taskId: 'a' })
    await queue.consume({ messages: [one] })
    expect(one.retry).toHaveBeenCalledOnce()
    expect(seen).not.toHaveBeenCalled()
  })

  it.each([
    [
      [undefined],
      'queuesTaskQueue: the first argument must be a producer binding of a queue (got undefined)',
    ],
    [[{ send() {} }, { attempts: 0 }], /attempts/],
    [[{ send() {} }, { speed: 1 }], /speed/],
  ])('is refused with %j', (args, error) => {
    expect(() => queuesTaskQueue(...(args as Parameters<typeof queuesTaskQueue>))).toThrow(error)
  })
})
