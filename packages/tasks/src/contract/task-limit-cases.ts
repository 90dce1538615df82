import { expectEqual, NotApplicable, newId } from '@portico-mcp/core/internal'
import { changed, listIds, MANY, newTask, type TaskStoreCase } from './task-store-subject.ts'

/** Cases of the limits of tasks. */
export const taskLimitCases: readonly TaskStoreCase[] = [
  {
    id: 'task-store/owner-limit',
    title: 'creates no more tasks of an owner than the limit, however many are created at once',
    async run({ store, other }) {
      const owner = newId()
      const limits = { ...MANY, perOwner: 3 }
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? store : other).createTask(newTask({ owner }), limits),
        ),
      )
      expectEqual(
        [...outcomes].sort(),
        [...Array(3).fill('created'), ...Array(5).fill('owner-full')],
        'outcomes',
      )
      expectEqual((await listIds(store, owner)).length, 3, 'how many tasks there are')
      expectEqual(await store.createTask(newTask(), limits), 'created', 'the task of another owner')
    },
  },
  {
    id: 'task-store/owner-limit-frees',
    title: 'creates a task again once one of the owner is deleted or expired',
    async run({ store, other, ttlMs, pass }) {
      const owner = newId()
      const limits = { ...MANY, perOwner: 2 }
      const [deleted, expired] = [newTask({ owner }), newTask({ owner })]
      for (const task of [deleted, expired]) await store.createTask(task, limits)
      const refused = newTask({ owner })
      expectEqual(await other.createTask(refused, limits), 'owner-full', 'the third task')
      expectEqual((await store.getTask(refused.taskId)) ?? null, null, 'the refused task')
      await other.deleteTask(deleted.taskId)
      expectEqual(await store.createTask(newTask({ owner }), limits), 'created', 'the task after a deletion')
      expectEqual(await store.createTask(newTask({ owner }), limits), 'owner-full', 'the task after it')
      await store.updateTask(changed(expired, { expiresAt: Date.now() + ttlMs }))
      await pass(ttlMs + 1100)
      expectEqual(await other.createTask(newTask({ owner }), limits), 'created', 'the task after an expiry')
      expectEqual(await other.createTask(newTask({ owner }), limits), 'owner-full', 'the last task')
    },
  },
  {
    id: 'task-store/total-limit',
    title: 'creates no more tasks than the limit of all, and again once one is deleted or expired',
    async run({ createEmpty, ttlMs, pass }) {
      if (!createEmpty) throw new NotApplicable('a store that does not count all tasks')
      const store = createEmpty()
      const limits = { perOwner: 10, total: 3 }
      const tasks = Array.from({ length: 6 }, () => newTask({ expiresAt: Date.now() + ttlMs }))
      const outcomes = await Promise.all(tasks.map((task) => store.createTask(task, limits)))
      expectEqual([...outcomes].sort(), [...Array(3).fill('created'), ...Array(3).fill('full')], 'outcomes')
      const refused = tasks[outcomes.indexOf('full')] as (typeof tasks)[0]
      expectEqual((await store.getTask(refused.taskId)) ?? null, null, 'the refused task')
      await store.deleteTask(refused.taskId)
      expectEqual(await store.createTask(newTask(), limits), 'full', 'the task after no deletion')
      await store.deleteTask((tasks[outcomes.indexOf('created')] as (typeof tasks)[0]).taskId)
      expectEqual(await store.createTask(newTask(), limits), 'created', 'the task after a deletion')
      expectEqual(await store.createTask(newTask(), limits), 'full', 'the task after it')
      await pass(ttlMs + 1100)
      for (const outcome of ['created', 'created', 'full']) {
        expectEqual(await store.createTask(newTask(), limits), outcome, 'a task after the expiry of two')
      }
      await store.close?.()
    },
  },
]
