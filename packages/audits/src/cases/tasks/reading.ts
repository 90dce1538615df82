import { type Audit, must } from '../../audit.ts'
import { expect, expectEqual, getError } from '../../expect.ts'
import { at, type Json } from '../../reply.ts'
import { askTasks, awaitStatus, createTask, DECLARED, getTask, needTasks } from '../../tasks.ts'

const METHODS = ['get', 'update', 'cancel'] as const
const UNKNOWN = { taskId: 'audit-unknown', inputResponses: {} }

export const reading: Audit[] = [
  must('modern/tasks/get-result-type', 'A18.3', 'answers tasks/get as complete', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    expectEqual((await getTask(client, taskId)).resultType, 'complete', 'resultType')
  }),
  must('modern/tasks/completed', 'A18.3', 'carries the result of a task', async (client) => {
    const { taskId } = await createTask(client)
    const task = await awaitStatus(client, taskId, 'completed')
    expectEqual(at(task, 'result', 'content', 0, 'text'), 'answered', 'the text')
  }),
  must('modern/tasks/tool-error', 'A18.3', 'completes a task whose tool failed', async (client) => {
    const { taskId } = await createTask(client, 'fail')
    const task = await awaitStatus(client, taskId, 'completed')
    expectEqual(at(task, 'result', 'isError'), true, 'isError')
  }),
  must('modern/tasks/no-error', 'A18.3', 'gives a completed task no error', async (client) => {
    const { taskId } = await createTask(client, 'fail')
    expect(!('error' in (await awaitStatus(client, taskId, 'completed'))), 'no error', taskId)
  }),
  must('modern/tasks/no-result', 'A18.3', 'gives a running task no result', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    const task = await getTask(client, taskId)
    expect(!('result' in task) && !('error' in task), 'neither result nor error', task)
  }),
  must('modern/tasks/lasting', 'A18.3', 'answers a task that has ended again and again', async (client) => {
    const { taskId } = await createTask(client)
    const first = await awaitStatus(client, taskId, 'completed')
    expectEqual((await getTask(client, taskId)).result, first.result, 'the result')
  }),
  must('modern/tasks/input-requests', 'A18.3', 'carries what a task asks', async (client) => {
    const { taskId } = await createTask(client, 'ask')
    const { inputRequests } = await awaitStatus(client, taskId, 'input_required')
    const [request] = Object.values(inputRequests as Json)
    expectEqual(at(request as Json, 'method'), 'elicitation/create', 'the method')
  }),
  ...METHODS.map((name) =>
    must(
      `modern/tasks/unknown-${name}`,
      'A18.3',
      `does not know a task for tasks/${name}`,
      async (client) => {
        await needTasks(client)
        getError(await askTasks(client, `tasks/${name}`, UNKNOWN), 200, -32602)
      },
    ),
  ),
  ...(['result', 'list'] as const).map((name) =>
    must(`modern/tasks/removed-${name}`, 'A18.3', `has no tasks/${name}`, async (client) => {
      await needTasks(client)
      getError(await askTasks(client, `tasks/${name}`, { taskId: 'audit' }), 404, -32601)
    }),
  ),
  ...METHODS.map((name) =>
    must(`modern/tasks/name-missing-${name}`, 'A18.3', `wants Mcp-Name for tasks/${name}`, async (client) => {
      await needTasks(client)
      const headers = { 'mcp-name': undefined }
      getError(await client.modern(`tasks/${name}`, UNKNOWN, { ...DECLARED, headers }), 400, -32020)
    }),
  ),
  ...METHODS.map((name) =>
    must(
      `modern/tasks/name-differs-${name}`,
      'A18.3',
      `compares Mcp-Name for tasks/${name}`,
      async (client) => {
        await needTasks(client)
        const headers = { 'mcp-name': 'another' }
        getError(await client.modern(`tasks/${name}`, UNKNOWN, { ...DECLARED, headers }), 400, -32020)
      },
    ),
  ),
  must('modern/tasks/method-header', 'A18.3', 'compares Mcp-Method for tasks/get', async (client) => {
    await needTasks(client)
    const headers = { 'mcp-method': 'tasks/cancel' }
    getError(await client.modern('tasks/get', UNKNOWN, { ...DECLARED, headers }), 400, -32020)
  }),
  must('modern/tasks/no-id', 'A18.3', 'refuses tasks/get without a task', async (client) => {
    await needTasks(client)
    getError(await askTasks(client, 'tasks/get', {}), [200, 400], [-32602, -32020])
  }),
]
