export { bullmqQueue } from './bullmq-queue.ts'
export { BullmqQueueError, type BullmqQueueErrorCode } from './bullmq-queue-error.ts'
export type { BullmqQueueOptions } from './options.ts'
