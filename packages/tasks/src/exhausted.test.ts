import { expect, it, vi } from 'vitest'
import type { JobRun, TaskJob, TaskQueue } from './index.ts'
import { serve, text } from './testing/serve.ts'

it('a task whose workers have died too often fails without another run', async () => {
  const jobs: TaskJob[] = []
  let run: ((job: TaskJob, run: JobRun) => Promise<void>) | undefined
  const queue: TaskQueue = {
    add: async (job) => void jobs.push(job),
    remove: async () => {},
    work: (given) => {
      run = given
      return { close: async () => {} }
    },
  }
  const handle = vi.fn(async () => text('never'))
  const { call, until, handler } = serve((server) => void server.registerTool('deadly', {}, handle), {
    queue,
    tools: { deadly: { support: 'required' } },
  })
  const { taskId } = await call('deadly')
  expect(jobs).toEqual([{ taskId }])
  const { signal } = new AbortController()
  await run?.({ taskId }, { signal, attempt: 6, isLast: true, isExhausted: true })
  expect(await until(taskId, 'failed')).toMatchObject({
    error: { code: -32603, message: 'The task could not be run' },
  })
  expect(handle).not.toHaveBeenCalled()
  await handler.close()
})
