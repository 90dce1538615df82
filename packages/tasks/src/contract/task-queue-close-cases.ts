import { eventually, expectEqual } from '@portico-mcp/core/internal'
import { addJobs, settle, type TaskQueueCase, withRecorder } from './task-queue-subject.ts'

/** Cases of workers that close. */
export const taskQueueCloseCases: readonly TaskQueueCase[] = [
  {
    id: 'task-queue/drains',
    title: 'waits for the running jobs of a worker that closes, and starts no more',
    run: withRecorder(true, async ({ queue, other }, recorder) => {
      const worker = recorder.work(other)
      const [running] = (await addJobs(queue, 1)) as [string]
      await recorder.begun(1)
      let isClosed = false
      const closed = worker.close({ drainTimeoutMs: 5000 }).then(() => {
        isClosed = true
      })
      const [waiting] = (await addJobs(queue, 1)) as [string]
      await settle()
      expectEqual([isClosed, recorder.ids], [false, [running]], 'whether it is closed, and what it runs')
      expectEqual(recorder.runs[0]?.run.signal.aborted, false, 'whether the run is aborted')
      recorder.runs[0]?.end()
      await closed
      recorder.work(queue)
      await recorder.begun(2)
      await settle()
      expectEqual(recorder.ids, [running, waiting], 'the tasks that were run')
    }),
  },
  {
    id: 'task-queue/gives-back',
    title: 'aborts what runs longer than the time to drain, and gives it to another worker',
    run: withRecorder(true, async ({ queue, other }, recorder) => {
      const worker = recorder.work(other)
      const [taskId] = await addJobs(queue, 1)
      await recorder.begun(1)
      const { run, end } = recorder.runs[0] as (typeof recorder.runs)[0]
      run.signal.addEventListener('abort', () => end(new Error('given up')))
      await worker.close()
      expectEqual(run.signal.aborted, true, 'whether the run is aborted')
      recorder.work(queue)
      await recorder.begun(2)
      expectEqual(recorder.runs[1]?.taskId, taskId, 'the task that was run again')
      expectEqual(recorder.hasOverlap, false, 'whether it was run twice at the same time')
      recorder.runs[1]?.end()
    }),
  },
  {
    id: 'task-queue/closes-twice',
    title: 'closes a worker twice, and leaves the other workers as they are',
    run: withRecorder(false, async ({ queue, other }, recorder) => {
      const worker = recorder.work(queue)
      recorder.work(other)
      await Promise.all([worker.close(), worker.close()])
      await worker.close()
      const ids = await addJobs(queue, 3)
      await eventually(() => recorder.runs.length >= 3, 'three runs')
      expectEqual([...recorder.ids].sort(), [...ids].sort(), 'the tasks that were run')
    }),
  },
]
