import { expectEqual, newId } from '@portico-mcp/core/internal'
import { changed, listIds, MANY, newTask, read, type TaskStoreCase } from './task-store-subject.ts'

/** Cases of tasks that expire. */
export const taskExpiryCases: readonly TaskStoreCase[] = [
  {
    id: 'task-store/expires',
    title: 'ends a task in time: it does not exist for any method, and its id may be used again',
    async run({ store, other, ttlMs, pass }) {
      const owner = newId()
      const task = newTask({ owner, expiresAt: Date.now() + ttlMs })
      const kept = newTask({ owner })
      await store.createTask(task, MANY)
      await store.createTask(kept, MANY)
      expectEqual(await read(other, task.taskId), task, 'the task before its end')
      await pass(ttlMs + 1100)
      for (const client of [store, other]) {
        expectEqual(await read(client, task.taskId), undefined, 'the task after its end')
        expectEqual(await client.updateTask(changed(task)), false, 'an update')
        expectEqual(await listIds(client, owner), [kept.taskId], 'the list')
      }
      await store.deleteTask(task.taskId)
      const again = newTask({ taskId: task.taskId, owner: newId() })
      expectEqual(await store.createTask(again, MANY), 'created', 'the same id')
      expectEqual(await read(other, task.taskId), again, 'the new task')
    },
  },
  {
    id: 'task-store/update-moves-the-end',
    title: 'ends a task when its last update says, earlier or later',
    async run({ store, other, ttlMs, pass }) {
      const owner = newId()
      const longer = newTask({ owner, expiresAt: Date.now() + ttlMs })
      const shorter = newTask({ owner })
      await store.createTask(longer, MANY)
      await store.createTask(shorter, MANY)
      await other.updateTask(changed(longer, { expiresAt: Date.now() + 86_400_000 }))
      await other.updateTask(changed(shorter, { expiresAt: Date.now() + ttlMs }))
      await pass(ttlMs + 1100)
      expectEqual((await read(store, longer.taskId))?.version, 1, 'the version of the task that lives longer')
      expectEqual(await read(store, shorter.taskId), undefined, 'the task that lives shorter')
      expectEqual(await listIds(other, owner), [longer.taskId], 'the list')
    },
  },
]
