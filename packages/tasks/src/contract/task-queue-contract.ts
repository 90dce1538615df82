import { eventually, expectEqual, expectRejects, NotApplicable, newId } from '@portico-mcp/core/internal'
import { taskQueueCloseCases } from './task-queue-close-cases.ts'
import { taskQueueRetryCases } from './task-queue-retry-cases.ts'
import { addJobs, settle, type TaskQueueCase, withRecorder } from './task-queue-subject.ts'

const ODD_IDS = ['.', '..', '0', '17', 'a:b', 'a/b\\c*d?', '{tag}', '"\'`', '__proto__', 'x'.repeat(256)]

/** What every `TaskQueue` does. Run each case against a subject of your own. */
export const taskQueueContract: readonly TaskQueueCase[] = [
  {
    id: 'task-queue/runs',
    title: 'runs each job once, also one that waited for a worker',
    run: withRecorder(false, async ({ queue, other }, recorder) => {
      const ids = await addJobs(queue, 3)
      recorder.work(other)
      ids.push(...(await addJobs(queue, 3)))
      await recorder.begun(6)
      await settle()
      expectEqual([...recorder.ids].sort(), [...ids].sort(), 'the tasks that were run')
      for (const { run } of recorder.runs) {
        expectEqual([run.attempt, run.signal.aborted], [0, false], 'attempt and signal of a first run')
      }
      expectEqual(recorder.errors.length, 0, 'how many errors were reported')
    }),
  },
  {
    id: 'task-queue/spreads',
    title: 'runs each job on one of the workers, as many at once as they take',
    run: withRecorder(true, async ({ queue, other, concurrency }, recorder) => {
      recorder.work(queue)
      recorder.work(other)
      const count = 2 * concurrency
      const ids = await addJobs(queue, count + 1)
      await recorder.begun(count)
      await settle()
      expectEqual(recorder.runs.length, count, 'how many runs two workers have begun')
      recorder.runs[0]?.end()
      await recorder.begun(count + 1)
      expectEqual([...recorder.ids].sort(), [...ids].sort(), 'the tasks that were run')
    }),
  },
  {
    id: 'task-queue/waiting-once',
    title: 'has one job of a task, however often it is added before it is run',
    run: withRecorder(false, async ({ queue, other }, recorder) => {
      const taskId = newId()
      await Promise.all([queue, other, queue, other].map((client) => client.add({ taskId })))
      recorder.work(queue)
      const [next] = await addJobs(other, 1)
      await eventually(() => recorder.ids.includes(next as string), 'the next job')
      await settle()
      expectEqual([...recorder.ids].sort(), [taskId, next].sort(), 'the tasks that were run')
      await queue.add({ taskId })
      await recorder.begun(3)
      expectEqual(recorder.ids[2], taskId, 'the task whose job was added after its end')
    }),
  },
  {
    id: 'task-queue/added-while-it-runs',
    title: 'runs a task again whose job is added while it runs, once, after the run',
    run: withRecorder(true, async ({ queue, other }, recorder) => {
      recorder.work(queue)
      recorder.work(other)
      const [taskId] = (await addJobs(queue, 1)) as [string]
      await recorder.begun(1)
      await Promise.all([queue, other, queue].map((client) => client.add({ taskId })))
      await settle()
      expectEqual(recorder.runs.length, 1, 'how many runs have begun')
      recorder.runs[0]?.end()
      await recorder.begun(2)
      expectEqual(recorder.runs[1]?.run.attempt, 0, 'the attempt of the second job')
      recorder.runs[1]?.end()
      await settle()
      expectEqual([recorder.ids, recorder.hasOverlap], [[taskId, taskId], false], 'the runs')
    }),
  },
  {
    id: 'task-queue/priorities',
    title: 'runs the job of the highest priority first, and equal ones in the order in which they were added',
    run: withRecorder(true, async ({ queue, other, concurrency }, recorder) => {
      recorder.work(queue)
      await addJobs(other, concurrency)
      await recorder.begun(concurrency)
      const jobs = [undefined, 1, 10, 0, 1].map((priority) => ({ taskId: newId(), priority }))
      for (const job of jobs) await other.add(job)
      const order = [2, 1, 4, 0, 3].map((index) => jobs[index]?.taskId)
      for (const [index] of order.entries()) {
        recorder.runs[index]?.end()
        await recorder.begun(concurrency + index + 1)
      }
      expectEqual(recorder.ids.slice(concurrency), order, 'the order')
    }),
  },
  {
    id: 'task-queue/removes',
    title: 'does not run a job that is removed before a worker takes it, and runs one that is added again',
    run: withRecorder(false, async ({ queue, other }, recorder) => {
      const [first, removed] = (await addJobs(queue, 2)) as [string, string]
      await other.remove(removed)
      await other.remove(newId())
      recorder.work(other)
      await recorder.begun(1)
      await settle()
      expectEqual(recorder.ids, [first], 'the tasks that were run')
      await queue.add({ taskId: removed })
      await recorder.begun(2)
      expectEqual(recorder.ids, [first, removed], 'the tasks that were run')
    }),
  },
  ...taskQueueRetryCases,
  ...taskQueueCloseCases,
  {
    id: 'task-queue/odd-ids',
    title: 'takes ids with characters that queues treat differently',
    run: withRecorder(false, async ({ queue, other }, recorder) => {
      for (const taskId of ODD_IDS) await queue.add({ taskId })
      recorder.work(other)
      await recorder.begun(ODD_IDS.length)
      expectEqual([...recorder.ids].sort(), [...ODD_IDS].sort(), 'the tasks that were run')
    }),
  },
  {
    id: 'task-queue/unreachable',
    title: 'rejects if the queue cannot be reached',
    async run({ unreachable }) {
      if (!unreachable) throw new NotApplicable('a queue that can always be reached')
      await expectRejects(unreachable.add({ taskId: newId() }), 'add')
      await expectRejects(unreachable.remove(newId()), 'remove')
    },
  },
]
