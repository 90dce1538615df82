export { InProcessQueue, type InProcessQueueOptions } from './queue/in-process-queue.ts'
export { RunningJobs } from './queue/running-jobs.ts'
export type { JobRun, TaskJob, TaskQueue, TaskWorker } from './queue/task-queue.ts'
export type {
  CreateTaskOutcome,
  StoredTask,
  TaskLimits,
  TaskPage,
  TaskStore,
} from './store/task-store.ts'
