import { expectEqual, newId } from '@portico-mcp/core/internal'
import { changed, listIds, MANY, newTask, read, type TaskStoreCase } from './task-store-subject.ts'

/** The largest value that a store has to take. */
const LARGEST = 350_000

const ODD_IDS = [
  '.',
  '..',
  '../../etc/passwd',
  'a/b\\c:d*e?f"g<h>i|j',
  '{tag}:{other}',
  "quote'%20%2F$(x)`;--",
  'CON',
  'UPPER',
  'upper',
  '__proto__',
  'x'.repeat(256),
]

/** Cases of large values, and of unusual ids. */
export const taskValueCases: readonly TaskStoreCase[] = [
  {
    id: 'task-store/large-values',
    title: 'keeps values of 350 kB, created, changed and listed',
    async run({ store, other }) {
      const owner = newId()
      const tasks = ['a', 'b', 'c'].map((letter, index) =>
        newTask({ owner, createdAt: Date.now() + index, value: letter.repeat(LARGEST) }),
      )
      for (const task of tasks) expectEqual(await store.createTask(task, MANY), 'created', 'the outcome')
      const first = changed(tasks[0] as (typeof tasks)[0], { value: 'ü'.repeat(LARGEST / 2) })
      expectEqual(await other.updateTask(first), true, 'the update')
      const { tasks: listed } = await other.listTasks(owner, { limit: 100 })
      const hold = [...tasks.slice(1).reverse(), first].map(({ value }) => value)
      const isSame =
        listed.length === hold.length && listed.every(({ value }, index) => value === hold[index])
      expectEqual(isSame, true, 'whether the list has the values')
    },
  },
  {
    id: 'task-store/odd-ids',
    title: 'keeps tasks and owners apart whose ids have characters that storages treat differently',
    async run({ store, other }) {
      const prefix = newId().slice(0, 20)
      const ids = ODD_IDS.map((id) => (id.length === 256 ? prefix + id.slice(prefix.length) : prefix + id))
      const tasks = ids.map((taskId) => newTask({ taskId, owner: taskId, value: taskId }))
      for (const task of tasks) expectEqual(await store.createTask(task, MANY), 'created', task.taskId)
      for (const task of tasks) {
        expectEqual(await read(other, task.taskId), task, 'the task')
        expectEqual(await listIds(other, task.owner), [task.taskId], 'the list')
      }
      await store.deleteTask(ids[0] as string)
      expectEqual(await read(other, ids[0] as string), undefined, 'the deleted task')
      for (const task of tasks.slice(1)) expectEqual(await read(other, task.taskId), task, 'the task')
    },
  },
]
