import { McpServer, once } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { InMemoryTaskStore, InProcessQueue, type StoredTask, type TaskStore, taskOf, tasks } from './index.ts'
import { serve, text } from './testing/serve.ts'

const KEYS = ['0123456789abcdef0123456789abcdef']
const tools = { slow: { support: 'required' as const } }
const soon = (ms = 10) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const ask = {
  message: 'Go on?',
  requestedSchema: { type: 'object' as const, properties: { answer: { type: 'string' as const } } },
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A tool that does something once, asks, and says how often it did what. */
function register(log: { runs: number; effects: string[] }) {
  return (server: McpServer) => {
    server.registerTool('slow', {}, async (extra) => {
      log.runs++
      const receipt = await once(extra, 'charge', (key) => {
        log.effects.push(key)
        return log.effects.length
      })
      const { content } = await server.server.elicitInput(ask)
      const second = await once(extra, 'ship', (key) => {
        log.effects.push(key)
        return 'shipped'
      })
      return text(`${receipt} ${content?.answer} ${second}`)
    })
  }
}

async function answerFirst(served: ReturnType<typeof serve>, taskId: string, answer: string) {
  const { inputRequests } = await served.until(taskId, 'input_required')
  const [key] = Object.keys(inputRequests) as [string]
  await served.ask('tasks/update', {
    taskId,
    inputResponses: { [key]: { action: 'accept', content: { answer } } },
  })
}

describe('a task of a queue', () => {
  it('is run again with the answers that it has, and does nothing twice', async () => {
    const log = { runs: 0, effects: [] as string[] }
    const served = serve(register(log), { queue: new InProcessQueue(), tools })
    closing.push(() => served.handler.close())
    const { taskId, resultType } = await served.call('slow')
    expect(resultType).toBe('task')
    await answerFirst(served, taskId, 'yes')
    expect(await served.until(taskId, 'completed')).toMatchObject({ result: text('1 yes shipped') })
    expect(log.effects).toHaveLength(2)
    expect(new Set(log.effects).size).toBe(2)
    expect(log.runs).toBe(2)
  })

  it('is run by a worker that serves no HTTP', async () => {
    const store = new InMemoryTaskStore()
    const queue = new InProcessQueue()
    const log = { runs: 0, effects: [] as string[] }
    const never = vi.fn()
    const served = serve((server) => void server.registerTool('slow', {}, never), {
      store,
      queue,
      tools,
      keys: KEYS,
      work: false,
    })
    const worker = tasks({ store, queue, keys: KEYS }).worker(() => {
      const server = new McpServer({ name: 'worker', version: '1.0.0' })
      register(log)(server)
      return server
    })
    closing.push(
      () => worker.close(),
      () => served.handler.close(),
    )
    const { taskId } = await served.call('slow')
    await answerFirst(served, taskId, 'yes')
    expect(await served.until(taskId, 'completed')).toMatchObject({ result: text('1 yes shipped') })
    expect(never).not.toHaveBeenCalled()
  })

  it('goes on in another worker when its own stops', async () => {
    const store = new InMemoryTaskStore()
    const queue = new InProcessQueue({ retryDelayMs: 1, attempts: 5 })
    const keys: string[] = []
    const seen: (string | undefined)[] = []
    let isFirst = true
    const factory = () => {
      const server = new McpServer({ name: 'worker', version: '1.0.0' })
      server.registerTool('slow', {}, async (extra) => {
        seen.push(taskOf(extra)?.id)
        await once(extra, 'work', (key) => void keys.push(key))
        if (!isFirst) return text('done')
        isFirst = false
        await new Promise(() => {})
        return text('never')
      })
      return server
    }
    const start = () => tasks({ store, queue, keys: KEYS }).worker(factory, { onerror: () => {} })
    const served = serve((server) => void server.registerTool('slow', {}, async () => text('')), {
      store,
      queue,
      tools,
      keys: KEYS,
      work: false,
    })
    const first = start()
    const { taskId } = await served.call('slow')
    await vi.waitFor(() => expect(keys).toHaveLength(1))
    await first.close()
    const second = start()
    closing.push(
      () => second.close(),
      () => served.handler.close(),
    )
    expect(await served.until(taskId, 'completed')).toMatchObject({ result: text('done') })
    expect(keys).toHaveLength(1)
    expect(seen).toEqual([taskId, taskId])
  })

  it('leaves the queue when it is cancelled', async () => {
    const run = vi.fn(async () => text('never'))
    const queue = new InProcessQueue()
    const served = serve((server) => void server.registerTool('slow', {}, run), { queue, tools, work: false })
    closing.push(() => served.handler.close())
    const { taskId } = await served.call('slow')
    await served.ask('tasks/cancel', { taskId })
    const worker = served.tasks.worker(() => {
      const server = new McpServer({ name: 'worker', version: '1.0.0' })
      server.registerTool('slow', {}, run)
      return server
    })
    await soon(30)
    await worker.close()
    expect(run).not.toHaveBeenCalled()
    expect(await served.until(taskId, 'cancelled')).toBeDefined()
  })
})

/** A store that a node can be cut off from. */
class CutStore implements TaskStore {
  isCut = false
  readonly #inner: TaskStore
  constructor(inner: TaskStore) {
    this.#inner = inner
  }
  #reach(): TaskStore {
    if (this.isCut) throw new Error('The store cannot be reached')
    return this.#inner
  }
  createTask: TaskStore['createTask'] = async (...args) => this.#reach().createTask(...args)
  getTask: TaskStore['getTask'] = async (taskId) => this.#reach().getTask(taskId)
  updateTask = async (task: StoredTask) => this.#reach().updateTask(task)
  listTasks: TaskStore['listTasks'] = async (...args) => this.#reach().listTasks(...args)
  deleteTask = async (taskId: string) => this.#reach().deleteTask(taskId)
}

describe('a task of several nodes without a queue', () => {
  const start = (leaseMs = 15_000) => {
    const store = new InMemoryTaskStore()
    const cut = new CutStore(store)
    const log = { runs: 0, effects: [] as string[] }
    const options = { tools, keys: KEYS, leaseMs }
    const quiet = { onerror: () => {} }
    const one = serve(register(log), { ...options, store: cut }, quiet)
    const other = serve(register(log), { ...options, store }, quiet)
    closing.push(
      () => one.handler.close(),
      () => other.handler.close(),
    )
    return { one, other, cut, log }
  }

  it('fails, once nothing is heard of the process that ran it', async () => {
    const { one, other, cut } = start(1000)
    const { taskId } = await one.call('slow')
    await other.until(taskId, 'input_required')
    cut.isCut = true
    const failed = await other.until(taskId, 'failed')
    expect(failed.error).toEqual({ code: -32603, message: 'The process that ran the task has died' })
  })

  it('is answered and cancelled on any node', async () => {
    const { one, other, log } = start(300)
    const { taskId } = await one.call('slow')
    await answerFirst(other, taskId, 'yes')
    expect(await other.until(taskId, 'completed')).toMatchObject({ result: text('1 yes shipped') })
    expect(log.runs).toBe(1)
    const cancelled = await one.call('slow')
    await other.until(cancelled.taskId, 'input_required')
    await other.ask('tasks/cancel', { taskId: cancelled.taskId })
    expect(await one.until(cancelled.taskId, 'cancelled')).toBeDefined()
  })
})

describe.each([
  ['in a queue', { queue: new InProcessQueue() }],
  ['in this process', {}],
])('a task %s that is ended from elsewhere', (_, options) => {
  it('is left to it when its handler has returned', async () => {
    const served = serve(
      (server) =>
        void server.registerTool('slow', {}, async (extra) => {
          await soon(20)
          return (await served.tasks.create(extra)).result
        }),
      { ...options, tools, leaseMs: 60 },
    )
    closing.push(() => served.handler.close())
    const { taskId } = await served.call('slow')
    await soon(250)
    expect((await served.ask('tasks/get', { taskId })).result.status).toBe('working')
    expect(await served.tasks.complete(taskId, text('built'))).toBe(true)
    expect(await served.until(taskId, 'completed')).toMatchObject({ result: text('built') })
  })
})

it('is left to what ends it, though its handler returns while it is being stored', async () => {
  class SlowStore extends InMemoryTaskStore {
    override async createTask(...args: Parameters<TaskStore['createTask']>) {
      await soon(60)
      return super.createTask(...args)
    }
  }
  const served = serve(
    (server) =>
      void server.registerTool('slow', {}, async (extra) => {
        await soon(20)
        return (await served.tasks.create(extra)).result
      }),
    { tools, leaseMs: 60, store: new SlowStore() },
  )
  closing.push(() => served.handler.close())
  const { taskId } = await served.call('slow')
  await soon(250)
  expect((await served.ask('tasks/get', { taskId })).result.status).toBe('working')
  expect(await served.tasks.complete(taskId, text('built'))).toBe(true)
  expect(await served.until(taskId, 'completed')).toMatchObject({ result: text('built') })
})

it('is alive in this process, even if its heartbeat comes late to the store', async () => {
  let writing = Promise.resolve()
  class SlowStore extends InMemoryTaskStore {
    override async updateTask(task: StoredTask) {
      await writing
      return super.updateTask(task)
    }
  }
  const served = serve(
    (server) =>
      void server.registerTool('slow', {}, async () => {
        writing = soon(200)
        await soon(200)
        return text('built')
      }),
    { tools, leaseMs: 60, store: new SlowStore() },
  )
  closing.push(() => served.handler.close())
  const { taskId } = await served.call('slow')
  expect(await served.until(taskId, 'completed')).toMatchObject({ result: text('built') })
})

describe('limits', () => {
  const authInfo = { token: 't', clientId: 'c', scopes: [], extra: { sub: 'ada' } }
  const never = (server: McpServer) =>
    void server.registerTool('slow', {}, () => new Promise<never>(() => {}))

  it('bound the tasks of a caller', async () => {
    const served = serve(never, { tools, maxTasksPerOwner: 1 }, { onerror: () => {} })
    closing.push(() => served.handler.close())
    expect((await served.call('slow', {}, { authInfo })).resultType).toBe('task')
    const refused = await served.call('slow', {}, { authInfo })
    expect(refused.error).toMatchObject({ code: -32603, data: { reason: 'task-limit' } })
    const other = { ...authInfo, extra: { sub: 'bob' } }
    expect((await served.call('slow', {}, { authInfo: other })).resultType).toBe('task')
  })

  it('bound who may use the tasks of a tool', async () => {
    let scopes = ['reports']
    const served = serve(never, {
      tools,
      authorize: (tool, { authInfo }) => tool !== 'slow' || authInfo?.scopes.includes('reports') === true,
    })
    closing.push(() => served.handler.close())
    const may = () => ({ authInfo: { ...authInfo, scopes } })
    const { taskId } = await served.call('slow', {}, may())
    expect((await served.ask('tasks/get', { taskId }, may())).result.status).toBe('working')
    scopes = []
    expect((await served.ask('tasks/get', { taskId }, may())).error.code).toBe(-32602)
  })

  it('bound how often a handler that asks for nothing runs again', async () => {
    const { inputRequired } = await import('@portico-mcp/core')
    const register = (server: McpServer) =>
      void server.registerTool('slow', {}, async () => {
        await soon()
        return inputRequired({ requestState: 'again' })
      })
    const served = serve(register, { tools })
    closing.push(() => served.handler.close())
    const { taskId } = await served.call('slow')
    expect((await served.until(taskId, 'failed')).error.message).toBe('The task took 32 rounds')
  })

  it('bound the result', async () => {
    const register = (server: McpServer) =>
      void server.registerTool('slow', {}, async () => text('x'.repeat(2000)))
    const served = serve(register, { tools, maxResultBytes: 1000 })
    closing.push(() => served.handler.close())
    const { taskId } = await served.call('slow')
    expect((await served.until(taskId, 'failed')).error.message).toMatch(/has \d+ bytes, more than 1000/)
  })

  it('end the life of a task, and its handler with it', async () => {
    let signal: AbortSignal | undefined
    const register = (server: McpServer) =>
      void server.registerTool('slow', {}, (extra) => {
        signal = extra.signal
        return new Promise<never>(() => {})
      })
    const served = serve(register, { tools: { slow: { support: 'required', ttlMs: 1000 } }, leaseMs: 150 })
    closing.push(() => served.handler.close())
    const { taskId } = await served.call('slow')
    await vi.waitFor(() => expect(signal?.aborted).toBe(true), 4000)
    expect((await served.ask('tasks/get', { taskId })).error.code).toBe(-32602)
  })

  it('show nothing of a task in its store', async () => {
    const store = new InMemoryTaskStore()
    const served = serve(never, { tools, store, keys: KEYS })
    closing.push(() => served.handler.close())
    const { taskId } = await served.call('slow', { secret: 'hush' }, { authInfo })
    const stored = JSON.stringify(await store.getTask(taskId))
    for (const word of ['hush', 'ada', 'slow']) expect(stored).not.toContain(word)
  })
})

describe('a handler that closes', () => {
  it('fails the tasks that it runs', async () => {
    const store = new InMemoryTaskStore()
    const never = (server: McpServer) =>
      void server.registerTool('slow', {}, () => new Promise<never>(() => {}))
    const served = serve(never, { tools, store, keys: KEYS })
    const { taskId } = await served.call('slow')
    await served.handler.close()
    const after = serve(never, { tools, store, keys: KEYS })
    closing.push(() => after.handler.close())
    expect((await after.until(taskId, 'failed')).error.message).toContain('stopped')
  })
})
