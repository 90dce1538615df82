import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { StoredTask, TaskQueue, TaskStore } from '@portico-mcp/tasks'
import type { Subject } from '../subjects.ts'
import { requestOf, type Work } from '../work.ts'
import type { Group } from './group.ts'
import { porticoFactory } from './portico.ts'
import { isInstalled, startRedis } from './processes.ts'

const eras = ['modern'] as const
const PREFIX = 'io.modelcontextprotocol/'
const KEYS = ['a secret of 32 bytes for the benchmark']
const LIMITS = { perOwner: 100_000, total: 100_000 }

/** A server whose handler has the extension, and whose tools are no tasks. */
const withTasks: Subject = {
  title: 'Portico with tasks()',
  eras,
  async serve(work) {
    const { createMcpHandler } = await import('@portico-mcp/core')
    const { toNodeHandler } = await import('@portico-mcp/node')
    const { tasks } = await import('@portico-mcp/tasks')
    const extensions = [tasks({ promoteAfterMs: 10_000, keys: KEYS })]
    return { node: toNodeHandler(createMcpHandler(await porticoFactory(work), { extensions })) }
  },
}

/** What a subject does for each request: it creates a task, reads it, and deletes it. */
type Cycle = () => Promise<void>

const cycles = (
  title: string,
  open: () => Promise<TaskStore>,
  create: (store: TaskStore, work: Work) => Promise<Cycle>,
): Subject => ({
  title,
  eras,
  async serve(work) {
    const cycle = await create(await open(), work)
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [], resultType: 'complete' } })
    return {
      async node(request: IncomingMessage, response: ServerResponse) {
        request.resume()
        await cycle()
        response.setHeader('content-type', 'application/json').end(body)
      },
    }
  },
})

const onRedis = (subject: Subject): Subject => ({
  ...subject,
  missing: () => (isInstalled('redis-server') ? undefined : 'redis-server is not installed'),
})

/** Creates and reads the record of a task of the same size, without Portico. */
const bareStore = async (store: TaskStore): Promise<Cycle> => {
  const value = 'x'.repeat(1000)
  return async () => {
    const now = Date.now()
    const [taskId, owner] = [randomUUID(), 'owner']
    const task: StoredTask = { taskId, owner, version: 0, createdAt: now, expiresAt: now + 3_600_000, value }
    await store.createTask(task, LIMITS)
    await store.getTask(taskId)
    await store.deleteTask(taskId)
  }
}

/** The task is created by a call, and read by `tasks/get`. No worker takes it. */
const throughHandler = async (store: TaskStore, work: Work): Promise<Cycle> => {
  const { createMcpHandler } = await import('@portico-mcp/core')
  const { tasks } = await import('@portico-mcp/tasks')
  const queue: TaskQueue = { add: nothing, remove: nothing, work: () => ({ close: nothing }) }
  const extension = tasks({
    store,
    queue,
    work: false,
    keys: KEYS,
    tools: { '*': { support: 'required' } },
    maxTasks: LIMITS.total,
  })
  const handler = createMcpHandler(await porticoFactory(work), { extensions: [extension] })
  return async () => {
    const { taskId } = await ask(handler.fetch, 'tools/call', { name: 'echo', arguments: { text: 'hello' } })
    await ask(handler.fetch, 'tasks/get', { taskId })
    await store.deleteTask(taskId as string)
  }
}

const nothing = async (): Promise<void> => {}

async function ask(
  fetch: (request: Request) => Response | Promise<Response>,
  method: string,
  params: { name?: string; taskId?: string | undefined; arguments?: object },
): Promise<{ taskId?: string }> {
  const { headers } = requestOf({ method: 'tools/call', era: 'modern', tools: 1, schemas: 'module' })
  const _meta = {
    [`${PREFIX}protocolVersion`]: '2026-07-28',
    [`${PREFIX}clientCapabilities`]: { extensions: { [`${PREFIX}tasks`]: {} } },
  }
  const response = await fetch(
    new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { ...headers, 'mcp-method': method, 'mcp-name': params.name ?? params.taskId ?? '' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
    }),
  )
  const { result, error } = (await response.json()) as { result?: { taskId?: string }; error?: unknown }
  if (!result) throw new Error(`${method} failed: ${JSON.stringify(error)}`)
  return result
}

const memory = async (): Promise<TaskStore> => new (await import('@portico-mcp/tasks')).InMemoryTaskStore()

async function redis(): Promise<TaskStore> {
  const { RedisConnection, RedisTaskStore } = await import('@portico-mcp/redis')
  return new RedisTaskStore(new RedisConnection({ url: await startRedis() }))
}

/** Measures tasks: calls that do not become tasks, and tasks compared with the cost of their store. */
export const TASK_SUBJECTS: Record<string, Subject> = {
  tasks: withTasks,
  'task-memory': cycles('create and get a task in memory', memory, throughHandler),
  'task-memory-bare': cycles('the store in memory alone', memory, bareStore),
  'task-redis': onRedis(cycles('create and get a task on Redis', redis, throughHandler)),
  'task-redis-bare': onRedis(cycles('the store on Redis alone', redis, bareStore)),
}

/** What tasks cost beside what does without them. */
export const TASKS: Group = {
  work: { method: 'tools/call', era: 'modern', tools: 1, schemas: 'module' },
  rows: [
    { subject: 'portico' },
    { subject: 'tasks', beside: 'portico', atMost: 1.05 },
    { subject: 'task-memory-bare' },
    { subject: 'task-memory', beside: 'task-memory-bare' },
    { subject: 'task-redis-bare' },
    { subject: 'task-redis', beside: 'task-redis-bare' },
  ],
}
