import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleWorker } from './testing/isolates.ts'

const META = 'io.modelcontextprotocol/'

let script: string
let folder: string
let workers: Miniflare

/** Two isolates with the same code. The objects, and with them the tasks, run in the first one. */
async function start(): Promise<void> {
  const shared = { modules: true, script, compatibilityDate: '2026-04-26' }
  const bound = { className: 'PorticoObject', useSQLite: true }
  workers = new Miniflare({
    cf: false,
    durableObjectsPersist: folder,
    workers: [
      { ...shared, name: 'one', durableObjects: { PORTICO: bound } },
      { ...shared, name: 'two', durableObjects: { PORTICO: { ...bound, scriptName: 'one' } } },
    ],
  })
  await workers.ready
}

beforeAll(async () => {
  script = await bundleWorker(new URL('./testing/tasks-worker.ts', import.meta.url))
  folder = await mkdtemp(join(tmpdir(), 'portico-tasks-'))
  await start()
})
afterAll(async () => {
  await workers?.dispose()
  await rm(folder, { recursive: true, force: true })
})

async function ask(
  isolate: string,
  method: string,
  params: { name?: string; taskId?: string; arguments?: object },
) {
  const worker = await workers.getWorker(isolate)
  const _meta = {
    [`${META}protocolVersion`]: '2026-07-28',
    [`${META}clientCapabilities`]: { extensions: { [`${META}tasks`]: {} } },
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

async function complete(isolate: string, taskId: string): Promise<any> {
  for (let tries = 0; tries < 300; tries++) {
    const task = await ask(isolate, 'tasks/get', { taskId })
    if (task.status !== 'working') return task
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The task has not ended')
}

it('runs a task that one isolate has created, and shows its result on another', async () => {
  const { taskId, resultType } = await ask('two', 'tools/call', { name: 'wait', arguments: { ms: 300 } })
  expect(resultType).toBe('task')
  expect(await complete('one', taskId)).toMatchObject({
    status: 'completed',
    result: { content: [{ text: 'waited 300' }] },
  })
})

it('goes on with a task after all of workerd was started again', async () => {
  const { taskId } = await ask('one', 'tools/call', { name: 'wait', arguments: { ms: 1500 } })
  expect((await ask('two', 'tasks/get', { taskId })).status).toBe('working')
  await workers.dispose()
  await start()
  expect(await complete('two', taskId)).toMatchObject({
    status: 'completed',
    result: { content: [{ text: 'waited 1500' }] },
  })
})
