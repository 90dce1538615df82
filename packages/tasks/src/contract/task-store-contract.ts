import { expectEqual, expectRejects, NotApplicable, newId } from '@portico-mcp/core/internal'
import type { CreateTaskOutcome } from '../store/task-store.ts'
import { taskExpiryCases } from './task-expiry-cases.ts'
import { taskLimitCases } from './task-limit-cases.ts'
import { taskListCases } from './task-list-cases.ts'
import { changed, listIds, MANY, newTask, read, type TaskStoreCase } from './task-store-subject.ts'
import { taskValueCases } from './task-value-cases.ts'

/** What every `TaskStore` does. Run each case against a subject of your own. */
export const taskStoreContract: readonly TaskStoreCase[] = [
  {
    id: 'task-store/unknown',
    title: 'finds no task that was not created',
    async run({ store }) {
      const task = newTask()
      expectEqual(await read(store, task.taskId), undefined, 'an unknown task')
      expectEqual(await store.updateTask(changed(task)), false, 'an update of an unknown task')
      expectEqual(await read(store, task.taskId), undefined, 'the task after the update')
      expectEqual(await store.listTasks(task.owner, { limit: 10 }), { tasks: [] }, 'a list without tasks')
      await store.deleteTask(task.taskId)
    },
  },
  {
    id: 'task-store/reads-what-was-created',
    title: 'reads what was created, also through another client',
    async run({ store, other }) {
      const task = newTask({ value: '{"text":"Grüße, 世界","half":"\\ud800"}' })
      expectEqual(await store.createTask(task, MANY), 'created', 'the outcome')
      for (const client of [store, other]) expectEqual(await read(client, task.taskId), task, 'the task')
    },
  },
  {
    id: 'task-store/created-once',
    title: 'creates a task once, and leaves the one that exists as it was',
    async run({ store, other }) {
      const [taskId, owner] = [newId(), newId()]
      const tasks = Array.from({ length: 6 }, (_, index) => newTask({ taskId, owner, value: `${index}` }))
      const outcomes = await Promise.all(
        tasks.map((task, index) => (index % 2 ? store : other).createTask(task, MANY)),
      )
      expectEqual(count(outcomes, 'created'), 1, 'how many were created')
      expectEqual(count(outcomes, 'exists'), 5, 'how many existed')
      const winner = tasks[outcomes.indexOf('created')]
      expectEqual(await read(store, taskId), winner, 'the task')
      expectEqual(await listIds(other, owner), [taskId], 'the list')
      const stranger = newTask({ taskId })
      expectEqual(await store.createTask(stranger, MANY), 'exists', 'the id for another owner')
      expectEqual(await listIds(other, stranger.owner), [], 'the list of the other owner')
    },
  },
  {
    id: 'task-store/updates',
    title: 'replaces a task whose version follows, for every client',
    async run({ store, other }) {
      const first = newTask()
      await store.createTask(first, MANY)
      const second = changed(first, { expiresAt: first.expiresAt + 1000 })
      expectEqual(await other.updateTask(second), true, 'the first update')
      expectEqual(await read(store, first.taskId), second, 'the task after the first update')
      const third = changed(second, { value: '' })
      expectEqual(await store.updateTask(third), true, 'the second update')
      expectEqual(await read(other, first.taskId), third, 'the task after the second update')
    },
  },
  {
    id: 'task-store/refuses-other-versions',
    title: 'changes nothing if the version does not follow the stored one',
    async run({ store }) {
      const first = newTask()
      await store.createTask(first, MANY)
      const second = changed(first)
      await store.updateTask(second)
      for (const version of [0, 1, 3, 12]) {
        expectEqual(
          await store.updateTask({ ...second, version, value: 'wrong' }),
          false,
          `version ${version}`,
        )
      }
      expectEqual(await read(store, first.taskId), second, 'the task')
    },
  },
  {
    id: 'task-store/updates-at-once',
    title: 'lets one of the updates win that are made at once, and loses none that has won',
    async run({ store, other }) {
      const task = newTask({ value: '' })
      await store.createTask(task, MANY)
      const add = async (mark: number): Promise<void> => {
        const client = mark % 2 ? store : other
        for (let tries = 0; tries < 100; tries++) {
          const held = await read(client, task.taskId)
          if (!held) throw new Error('expected the task to exist')
          if (await client.updateTask(changed(held, { value: `${held.value}${mark}` }))) return
        }
        throw new Error('expected one of 100 updates to win')
      }
      await Promise.all(Array.from({ length: 8 }, (_, mark) => add(mark)))
      const { version, value } = (await read(store, task.taskId)) ?? {}
      expectEqual(version, 8, 'the version')
      expectEqual([...(value ?? '')].sort().join(''), '01234567', 'the value')
    },
  },
  {
    id: 'task-store/deletes',
    title: 'deletes a task for every client, and lets the id be used again',
    async run({ store, other }) {
      const task = newTask()
      await store.createTask(task, MANY)
      await other.deleteTask(task.taskId)
      await store.deleteTask(task.taskId)
      expectEqual(await read(store, task.taskId), undefined, 'the task')
      expectEqual(await listIds(store, task.owner), [], 'the list')
      expectEqual(await store.updateTask(changed(task)), false, 'an update')
      const again = newTask({ taskId: task.taskId, value: 'again' })
      expectEqual(await store.createTask(again, MANY), 'created', 'the same id')
      expectEqual(await read(other, task.taskId), again, 'the new task')
    },
  },
  {
    id: 'task-store/deleted-for-good',
    title: 'does not bring back a task that is deleted while it is updated',
    async run({ store, other }) {
      for (let round = 0; round < 5; round++) {
        const task = newTask()
        await store.createTask(task, MANY)
        await Promise.all([other.updateTask(changed(task)), store.deleteTask(task.taskId)])
        expectEqual(await read(other, task.taskId), undefined, 'the task')
        expectEqual(await listIds(other, task.owner), [], 'the list')
      }
    },
  },
  ...taskExpiryCases,
  ...taskLimitCases,
  ...taskListCases,
  ...taskValueCases,
  {
    id: 'task-store/unreachable',
    title: 'rejects if the storage cannot be reached',
    async run({ unreachable }) {
      if (!unreachable) throw new NotApplicable('a store that can always be reached')
      const task = newTask()
      await expectRejects(unreachable.createTask(task, MANY), 'createTask')
      await expectRejects(unreachable.getTask(task.taskId), 'getTask')
      await expectRejects(unreachable.updateTask(changed(task)), 'updateTask')
      await expectRejects(unreachable.listTasks(task.owner, { limit: 1 }), 'listTasks')
      await expectRejects(unreachable.deleteTask(task.taskId), 'deleteTask')
    },
  },
]

const count = (outcomes: readonly CreateTaskOutcome[], outcome: CreateTaskOutcome): number =>
  outcomes.filter((one) => one === outcome).length
