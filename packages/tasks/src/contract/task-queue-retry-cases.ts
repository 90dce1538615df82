import { eventually, expectEqual } from '@portico-mcp/core/internal'
import { addJobs, settle, type TaskQueueCase, withRecorder } from './task-queue-subject.ts'

/** Cases of runs that fail. */
export const taskQueueRetryCases: readonly TaskQueueCase[] = [
  {
    id: 'task-queue/retries',
    title: 'runs a job that fails again, says which run is the last one, and reports the failures',
    run: withRecorder(true, async ({ queue, other, attempts }, recorder) => {
      recorder.work(other)
      const [taskId] = (await addJobs(queue, 1)) as [string]
      for (let attempt = 0; attempt < attempts; attempt++) {
        await recorder.begun(attempt + 1)
        const { run, end } = recorder.runs[attempt] as (typeof recorder.runs)[0]
        expectEqual([run.attempt, run.isLast], [attempt, attempt === attempts - 1], 'attempt and isLast')
        end(new Error(`failure ${attempt}`))
      }
      await eventually(() => recorder.errors.length >= attempts, `${attempts} reported failures`)
      await settle()
      expectEqual(recorder.runs.length, attempts, 'how many runs have begun')
      expectEqual(String(recorder.errors[0]), 'Error: failure 0', 'the first reported failure')
      await queue.add({ taskId })
      await recorder.begun(attempts + 1)
      expectEqual(recorder.runs[attempts]?.run.attempt, 0, 'the attempt of a new job')
    }),
  },
  {
    id: 'task-queue/recovers',
    title: 'ends a job with its first run that succeeds, and goes on with other jobs after failures',
    run: withRecorder(true, async ({ queue, other }, recorder) => {
      recorder.work(other)
      const [failing] = await addJobs(queue, 1)
      await recorder.begun(1)
      recorder.runs[0]?.end(new Error('once'))
      await recorder.begun(2)
      recorder.runs[1]?.end()
      const [next] = await addJobs(queue, 1)
      await recorder.begun(3)
      await settle()
      expectEqual(recorder.ids, [failing, failing, next], 'the tasks that were run')
    }),
  },
]
