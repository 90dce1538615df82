import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bullmqQueue } from '@portico-mcp/bullmq'
import { RedisConnection, RedisTaskStore } from '@portico-mcp/redis'
import { InProcessQueue, type TasksOptions } from '@portico-mcp/tasks'
import { FileTaskStore } from '@portico-mcp/tasks/file'

/** Where tasks are kept, and what runs them. */
export interface Jobs extends Required<Pick<TasksOptions, 'store' | 'queue'>> {
  /** Where that is, in words. */
  where: string
  close(): Promise<void>
}

/** Keeps tasks in Redis and runs them on BullMQ if there is a Redis; otherwise in a folder and in this process. */
export function openJobs({ REDIS_URL, TASKS }: NodeJS.ProcessEnv): Jobs {
  if (!REDIS_URL) {
    const folder = TASKS ?? join(tmpdir(), 'portico-example-tasks')
    const store = new FileTaskStore({ folder })
    return { store, queue: new InProcessQueue(), where: folder, close: async () => {} }
  }
  const redis = new RedisConnection({ url: REDIS_URL, onerror: (error) => console.error(error.message) })
  const queue = bullmqQueue({ connection: { url: REDIS_URL } })
  return {
    store: new RedisTaskStore(redis),
    queue,
    where: 'Redis, where BullMQ runs them',
    close: async () => {
      await queue.close?.()
      await redis.close()
    },
  }
}
