import { type Audit, must } from '../../audit.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getResult } from '../../expect.ts'
import { acknowledged } from '../../listen.ts'
import { at, type Json } from '../../reply.ts'
import {
  ACCEPTED,
  answerTask,
  askTasks,
  awaitStatus,
  createTask,
  DECLARED,
  getTask,
  needTasks,
} from '../../tasks.ts'

const readKeys = ({ inputRequests }: Json): string[] => Object.keys(inputRequests as Json)

/** Creates a task that asks, and waits until it does. */
async function createAsking(client: Client, what = 'ask'): Promise<{ taskId: unknown; keys: string[] }> {
  const { taskId } = await createTask(client, what)
  return { taskId, keys: readKeys(await awaitStatus(client, taskId, 'input_required')) }
}

const expectEmpty = ({ resultType, _meta: _, ...rest }: Json): void =>
  expectEqual([resultType, rest], ['complete', {}], 'the result')

const cancel = async (client: Client, taskId: unknown): Promise<Json> =>
  getResult(await askTasks(client, 'tasks/cancel', { taskId }))

export const steering: Audit[] = [
  must('modern/tasks/update-empty', 'A18.4', 'answers tasks/update with an empty result', async (client) => {
    const { taskId, keys } = await createAsking(client)
    expectEmpty(getResult(await answerTask(client, taskId, { [keys[0] as string]: ACCEPTED })))
  }),
  must('modern/tasks/update-resumes', 'A18.4', 'goes on with the answer', async (client) => {
    const { taskId, keys } = await createAsking(client)
    await answerTask(client, taskId, { [keys[0] as string]: ACCEPTED })
    const task = await awaitStatus(client, taskId, 'completed')
    expectEqual(at(task, 'result', 'content', 0, 'text'), 'answered this', 'the text')
  }),
  must('modern/tasks/update-unknown-keys', 'A18.4', 'ignores answers to nothing', async (client) => {
    const { taskId, keys } = await createAsking(client)
    expectEmpty(getResult(await answerTask(client, taskId, { audit: ACCEPTED })))
    expectEqual(readKeys(await getTask(client, taskId)), keys, 'what is open')
  }),
  must(
    'modern/tasks/update-running',
    'A18.4',
    'ignores answers to a task that asks nothing',
    async (client) => {
      const { taskId } = await createTask(client, 'wait')
      expectEmpty(getResult(await answerTask(client, taskId, { audit: ACCEPTED })))
    },
  ),
  must('modern/tasks/update-ended', 'A18.4', 'ignores answers to a task that has ended', async (client) => {
    const { taskId } = await createTask(client)
    await awaitStatus(client, taskId, 'completed')
    expectEmpty(getResult(await answerTask(client, taskId, { audit: ACCEPTED })))
    expectEqual((await getTask(client, taskId)).status, 'completed', 'status')
  }),
  must('modern/tasks/several', 'A18.4', 'asks several things at once', async (client) => {
    const { keys } = await createAsking(client, 'two')
    expectEqual(new Set(keys).size, 2, 'the number of keys')
  }),
  must('modern/tasks/partly', 'A18.4', 'keeps what has no answer open', async (client) => {
    const { taskId, keys } = await createAsking(client, 'two')
    await answerTask(client, taskId, { [keys[0] as string]: ACCEPTED })
    const task = await getTask(client, taskId)
    expectEqual([task.status, readKeys(task)], ['input_required', [keys[1]]], 'status, and what is open')
  }),
  must('modern/tasks/partly-completes', 'A18.4', 'completes with answers in parts', async (client) => {
    const { taskId, keys } = await createAsking(client, 'two')
    for (const key of keys) await answerTask(client, taskId, { [key]: ACCEPTED })
    await awaitStatus(client, taskId, 'completed')
  }),
  must('modern/tasks/keys-not-reused', 'A18.3', 'uses a key once', async (client) => {
    const { taskId, keys } = await createAsking(client, 'again')
    await answerTask(client, taskId, { [keys[0] as string]: ACCEPTED })
    let next: string[] = keys
    while (next[0] === keys[0] || next.length === 0) {
      const task = await getTask(client, taskId)
      expect(task.status !== 'completed', 'another request', task)
      next = task.status === 'input_required' ? readKeys(task) : []
    }
    expect(!keys.includes(next[0] as string), 'another key', next)
  }),
  must('modern/tasks/cancel-empty', 'A18.4', 'answers tasks/cancel with an empty result', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    expectEmpty(await cancel(client, taskId))
  }),
  must('modern/tasks/cancel-ends', 'A18.4', 'cancels a task', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    await cancel(client, taskId)
    await awaitStatus(client, taskId, 'cancelled')
  }),
  must('modern/tasks/cancel-again', 'A18.4', 'cancels again and again', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    await cancel(client, taskId)
    expectEmpty(await cancel(client, taskId))
  }),
  must('modern/tasks/cancel-asking', 'A18.4', 'cancels a task that asks', async (client) => {
    const { taskId } = await createAsking(client)
    await cancel(client, taskId)
    await awaitStatus(client, taskId, 'cancelled')
  }),
  must('modern/tasks/cancel-ended', 'A18.4', 'keeps the status of a task that has ended', async (client) => {
    const { taskId } = await createTask(client)
    await awaitStatus(client, taskId, 'completed')
    expectEmpty(await cancel(client, taskId))
    expectEqual((await getTask(client, taskId)).status, 'completed', 'status')
  }),
  must('modern/tasks/listen', 'A18.5', 'acknowledges tasks of the client', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    const { ack } = await acknowledged(client, { taskIds: [taskId] }, DECLARED)
    expectEqual(at(ack.params as Json, 'notifications', 'taskIds'), [taskId], 'taskIds')
  }),
  must('modern/tasks/listen-unknown', 'A18.5', 'leaves out tasks that it does not know', async (client) => {
    await needTasks(client)
    const { ack } = await acknowledged(client, { taskIds: ['audit-unknown'] }, DECLARED)
    expectEqual(at(ack.params as Json, 'notifications', 'taskIds') ?? [], [], 'taskIds')
  }),
  must('modern/tasks/listen-changes', 'A18.5', 'sends the whole task when it changes', async (client) => {
    const { taskId } = await createTask(client, 'wait')
    const { stream } = await acknowledged(client, { taskIds: [taskId] }, DECLARED)
    await cancel(client, taskId)
    const change = await stream.next()
    expectEqual(change?.method, 'notifications/tasks', 'the method')
    expectEqual(
      [at(change?.params as Json, 'taskId'), at(change?.params as Json, 'status')],
      [taskId, 'cancelled'],
      'the task',
    )
  }),
]
