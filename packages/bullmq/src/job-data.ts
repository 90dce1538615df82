/** What a job of BullMQ holds. Everything else of the task is in the task store. */
export interface JobData {
  taskId: string
}

export const JOB_NAME = 'task'

// BullMQ runs low numbers first, from 1 to 2^21 - 1, and jobs without a number before all others. So every job gets one.
const MIDDLE = 2 ** 20
const LAST = 2 ** 21 - 1

/** Converts a priority, of which the highest is first, to that of BullMQ. */
export const toBullmqPriority = (priority: number): number =>
  Math.min(Math.max(MIDDLE - Math.round(priority), 1), LAST)
