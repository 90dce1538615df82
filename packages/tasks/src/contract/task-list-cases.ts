import { expectEqual, newId } from '@portico-mcp/core/internal'
import type { StoredTask, TaskStore } from '../store/task-store.ts'
import { changed, listIds, MANY, newTask, pick, readPages, type TaskStoreCase } from './task-store-subject.ts'

/** Cases of lists of an owner's tasks. */
export const taskListCases: readonly TaskStoreCase[] = [
  {
    id: 'task-store/lists-newest-first',
    title: 'lists the tasks of an owner, the newest first, whatever order they were created in, and no other',
    async run({ store, other }) {
      const owner = newId()
      const tasks = await createMany(store, owner, [3, 1, 5, 2, 4])
      await store.createTask(newTask({ owner: `${owner}0` }), MANY)
      const second = changed(tasks[1] as StoredTask)
      await store.updateTask(second)
      const { tasks: listed, nextCursor } = await other.listTasks(owner, { limit: 100 })
      const expected = [tasks[2], tasks[4], tasks[0], tasks[3], second]
      expectEqual(listed.map(pick), expected, 'the list')
      expectEqual(nextCursor, undefined, 'the cursor after the last page')
    },
  },
  {
    id: 'task-store/lists-pages',
    title: 'lists each task once, page by page, also tasks that were created in the same millisecond',
    async run({ store, other }) {
      const owner = newId()
      const tasks = await createMany(store, owner, [1, 2, 2, 2, 2, 2, 3, 4, 4, 4])
      const ids = tasks.map(({ taskId }) => taskId).sort()
      const whole = await listIds(other, owner)
      for (const limit of [1, 3, 5, 10, 100]) {
        const listed = await listIds(other, owner, limit)
        expectEqual([...listed].sort(), ids, `the tasks of pages of ${limit}`)
        expectEqual(listed, whole, `the order of pages of ${limit}`)
      }
    },
  },
  {
    id: 'task-store/lists-while-it-changes',
    title: 'lists the tasks once that are neither created nor deleted between two pages',
    async run({ store, other }) {
      const owner = newId()
      const tasks = await createMany(store, owner, [1, 2, 3, 4, 5, 6])
      const ids = tasks.map(({ taskId }) => taskId).reverse()
      const listed: string[] = []
      let number = 0
      for await (const page of readPages(other, owner, 2)) {
        listed.push(...page.map(({ taskId }) => taskId))
        if (++number === 1) {
          // the last task of this page, and the second of the next one
          await store.deleteTask(ids[1] as string)
          await store.deleteTask(ids[3] as string)
          await createMany(store, owner, [7, 8])
        }
      }
      expectEqual(listed, [ids[0], ids[1], ids[2], ids[4], ids[5]], 'the list')
    },
  },
  {
    id: 'task-store/unknown-cursors',
    title: 'begins at the first task for a cursor that it has not made',
    async run({ store }) {
      const owner = newId()
      const [task] = await createMany(store, owner, [1])
      for (const cursor of ['', 'no-such-cursor', '../..', '*', '"', 'ü', '-1', 'e30=', '{}']) {
        const { tasks } = await store.listTasks(owner, { limit: 10, cursor })
        expectEqual(
          tasks.map(({ taskId }) => taskId),
          [task?.taskId],
          `the list from ${JSON.stringify(cursor)}`,
        )
      }
    },
  },
]

/** Creates a task at each of these milliseconds. */
async function createMany(store: TaskStore, owner: string, times: readonly number[]): Promise<StoredTask[]> {
  const now = START
  const tasks = times.map((time) => newTask({ owner, createdAt: now + time, value: `${time}` }))
  for (const task of tasks) await store.createTask(task, MANY)
  return tasks
}

const START = 1_790_000_000_000
