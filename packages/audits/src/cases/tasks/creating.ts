import { type Audit, must } from '../../audit.ts'
import { expect, expectEqual, getError, getResult } from '../../expect.ts'
import { capabilitiesOf } from '../../offers.ts'
import { CLIENT_CAPABILITIES_KEY } from '../../protocol.ts'
import { at, type Json } from '../../reply.ts'
import { askTasks, awaitStatus, createTask, getTask, needTasks, TASKS } from '../../tasks.ts'

type Id = `modern/tasks/${string}`

const METHODS = ['get', 'update', 'cancel'] as const

/** What every task that answers a call holds. */
function creates(id: Id, title: string, check: (created: Json) => void): Audit {
  return must(id, 'A18.2', title, async (client) => check(await createTask(client)))
}

const isTime = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value) &&
  !Number.isNaN(Date.parse(value))

export const creating: Audit[] = [
  must('modern/tasks/declared', 'A18.1', 'declares the extension in server/discover', async (client) => {
    await needTasks(client)
    const { extensions } = await capabilitiesOf(client, 'modern')
    expectEqual((extensions as Json)[TASKS], {}, 'its settings')
  }),
  must('modern/tasks/no-2025-capability', 'A18.1', 'declares no tasks of 2025-11-25', async (client) => {
    await needTasks(client)
    const capabilities = await capabilitiesOf(client, 'modern')
    expect(!('tasks' in capabilities), 'no capability tasks', capabilities)
  }),
  must('modern/tasks/undeclared-plain', 'A18.1', 'answers a client without tasks plainly', async (client) => {
    await needTasks(client)
    const call = { name: 'audit_task', arguments: { what: 'answer' } }
    expectEqual(getResult(await client.modern('tools/call', call)).resultType, 'complete', 'resultType')
  }),
  must('modern/tasks/undeclared-required', 'A18.1', 'refuses a tool that needs a task', async (client) => {
    await needTasks(client)
    const reply = await client.modern('tools/call', { name: 'audit_task_required', arguments: {} })
    const error = getError(reply, 400, -32021)
    expectEqual(at(error, 'data', 'requiredCapabilities', 'extensions', TASKS), {}, 'what is required')
  }),
  ...METHODS.map((name) =>
    must(
      `modern/tasks/undeclared-${name}`,
      'A18.1',
      `refuses tasks/${name} without tasks`,
      async (client) => {
        await needTasks(client)
        const reply = await client.modern(`tasks/${name}`, { taskId: 'audit', inputResponses: {} })
        const error = getError(reply, 400, -32021)
        expectEqual(at(error, 'data', 'requiredCapabilities', 'extensions', TASKS), {}, 'what is required')
      },
    ),
  ),
  must(
    'modern/tasks/undeclared-listen',
    'A18.1',
    'refuses to listen to tasks without tasks',
    async (client) => {
      await needTasks(client)
      const notifications = { taskIds: ['audit'] }
      getError(await client.modern('subscriptions/listen', { notifications }), 400, -32021)
    },
  ),
  must('modern/tasks/each-request', 'A18.1', 'does not remember what a client declared', async (client) => {
    const { taskId } = await createTask(client)
    getError(await client.modern('tasks/get', { taskId }), 400, -32021)
  }),
  must('modern/tasks/other-extension', 'A18.1', 'takes no other extension for tasks', async (client) => {
    await needTasks(client)
    const meta = { [CLIENT_CAPABILITIES_KEY]: { extensions: { 'com.example/tasks': {} } } }
    getError(await client.modern('tasks/get', { taskId: 'audit' }, { meta }), 400, -32021)
  }),
  must(
    'modern/tasks/task-param',
    'A18.1',
    'makes no task because params.task asks for one',
    async (client) => {
      await needTasks(client)
      const call = { name: 'audit_echo', arguments: { text: 'hi' }, task: { ttl: 1000 } }
      expectEqual(getResult(await askTasks(client, 'tools/call', call)).resultType, 'complete', 'resultType')
    },
  ),
  must('modern/tasks/task-param-undeclared', 'A18.1', 'ignores params.task without tasks', async (client) => {
    await needTasks(client)
    const call = { name: 'audit_task', arguments: { what: 'answer' }, task: { ttl: 1000 } }
    expectEqual(getResult(await client.modern('tools/call', call)).resultType, 'complete', 'resultType')
  }),
  creates('modern/tasks/result-type', 'answers with the resultType task', ({ resultType }) =>
    expectEqual(resultType, 'task', 'resultType'),
  ),
  creates('modern/tasks/flat', 'answers with a flat task', (created) =>
    expect(!('task' in created), 'no member task', created),
  ),
  creates('modern/tasks/status', 'answers with a task that works', ({ status }) =>
    expectEqual(status, 'working', 'status'),
  ),
  creates('modern/tasks/created-at', 'says when the task was created', ({ createdAt }) =>
    expect(isTime(createdAt), 'an ISO 8601 time', createdAt),
  ),
  creates('modern/tasks/updated-at', 'says when the task was changed', ({ lastUpdatedAt }) =>
    expect(isTime(lastUpdatedAt), 'an ISO 8601 time', lastUpdatedAt),
  ),
  creates('modern/tasks/ttl', 'says how long the task is kept', ({ ttlMs }) =>
    expect(ttlMs === null || Number.isSafeInteger(ttlMs), 'an integer or null', ttlMs),
  ),
  creates('modern/tasks/poll-interval', 'says how often to ask', ({ pollIntervalMs }) =>
    expect(
      pollIntervalMs === undefined || Number.isSafeInteger(pollIntervalMs),
      'an integer',
      pollIntervalMs,
    ),
  ),
  creates('modern/tasks/2025-names', 'uses no names of 2025-11-25', (created) =>
    expect(!('ttl' in created) && !('pollInterval' in created), 'neither ttl nor pollInterval', created),
  ),
  creates('modern/tasks/no-request-state', 'carries no requestState', (created) =>
    expect(!('requestState' in created), 'no requestState', created),
  ),
  must('modern/tasks/durable', 'A18.2', 'knows a task as soon as it is answered', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    expectEqual((await getTask(client, taskId)).taskId, taskId, 'the task')
  }),
  must('modern/tasks/unique', 'A18.2', 'gives every task its own id', async (client) => {
    const created = await Promise.all([createTask(client), createTask(client), createTask(client)])
    expectEqual(new Set(created.map(({ taskId }) => taskId)).size, 3, 'the number of ids')
  }),
  must('modern/tasks/required-runs', 'A18.2', 'runs a tool that needs a task', async (client) => {
    const { taskId } = await createTask(client, 'answer', 'audit_task_required')
    await awaitStatus(client, taskId, 'completed')
  }),
]
