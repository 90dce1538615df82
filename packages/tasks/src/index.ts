export { type CreateTaskOptions, type RunningTask, taskOf } from './call-slot.ts'
export type { TaskHandle } from './external-tasks.ts'
export type { TasksOptions, ToolRule } from './options.ts'
export { InProcessQueue, type InProcessQueueOptions } from './queue/in-process-queue.ts'
export { RunningJobs } from './queue/running-jobs.ts'
export type { JobRun, TaskJob, TaskQueue, TaskWorker } from './queue/task-queue.ts'
export type { TaskError, TaskStatus } from './record/task-record.ts'
export type { TaskStatusChange } from './record/task-repository.ts'
export { InMemoryTaskStore } from './store/in-memory-task-store.ts'
export type {
  CreateTaskOutcome,
  StoredTask,
  TaskLimits,
  TaskPage,
  TaskStore,
} from './store/task-store.ts'
export { type Tasks, tasks } from './tasks.ts'
export type { WorkerOptions } from './worker.ts'
