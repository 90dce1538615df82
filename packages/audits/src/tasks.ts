import { Skip } from './audit.ts'
import type { Client } from './client.ts'
import { expect, expectEqual, getResult } from './expect.ts'
import { capabilitiesOf } from './offers.ts'
import { CLIENT_CAPABILITIES_KEY } from './protocol.ts'
import type { Json, Reply } from './reply.ts'
import type { Variation } from './requests.ts'
import { pause } from './wait.ts'

/** The identifier of the tasks extension. */
export const TASKS = 'io.modelcontextprotocol/tasks'

/** What a request says that declares the extension. */
export const DECLARED: Variation = {
  meta: { [CLIENT_CAPABILITIES_KEY]: { elicitation: {}, extensions: { [TASKS]: {} } } },
}

const POLL_MS = 20

/** @throws Skip if the server does not declare the extension. */
export async function needTasks(client: Client): Promise<void> {
  const { extensions } = await capabilitiesOf(client, 'modern')
  if (!(extensions as Json | undefined)?.[TASKS]) throw new Skip(`needs the extension ${TASKS}`)
}

/** Sends a request that declares the extension. */
export const askTasks = (client: Client, method: string, params: Json): Promise<Reply> =>
  client.modern(method, params, DECLARED)

/** Calls the fixture's `audit_task`, and returns the task that answers it. */
export async function createTask(client: Client, what = 'answer', name = 'audit_task'): Promise<Json> {
  await needTasks(client)
  const created = getResult(await askTasks(client, 'tools/call', { name, arguments: { what } }))
  expectEqual(created.resultType, 'task', 'resultType')
  expect(typeof created.taskId === 'string', 'a taskId', created)
  return created
}

/** Reads a task. */
export const getTask = async (client: Client, taskId: unknown): Promise<Json> =>
  getResult(await askTasks(client, 'tasks/get', { taskId }))

/** Reads a task until it has a status. */
export async function awaitStatus(client: Client, taskId: unknown, status: string): Promise<Json> {
  for (;;) {
    const task = await getTask(client, taskId)
    if (task.status === status) return task
    expect(['working', 'input_required'].includes(String(task.status)), `the status ${status}`, task)
    await pause(POLL_MS)
  }
}

/** Answers requests of a task. */
export const answerTask = (client: Client, taskId: unknown, inputResponses: Json): Promise<Reply> =>
  askTasks(client, 'tasks/update', { taskId, inputResponses })

/** An answer to the form of `audit_task`. */
export const ACCEPTED: Json = { action: 'accept', content: { which: 'this' } }
