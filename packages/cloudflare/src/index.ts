export type { DurableEventStoreOptions } from './client/event-store.ts'
export type { DurableSessionStoreOptions } from './client/session-store.ts'
export type { DurableTaskQueueOptions } from './client/task-queue.ts'
export { type Cloudflare, type CloudflareOptions, cloudflare } from './cloudflare.ts'
export { CloudflareError, type CloudflareErrorCode } from './cloudflare-error.ts'
export { type CloudflareSessionsOptions, cloudflareSessions } from './cloudflare-sessions.ts'
export { type KvFetchOptions, type KvNamespace, kvFetch } from './kv-fetch.ts'
export { PorticoObject } from './object/portico-object.ts'
export type { ObjectNamespace, ObjectState, ObjectStub } from './platform.ts'
export {
  type QueueBatch,
  type QueueMessage,
  type QueueProducer,
  type QueuesTaskQueue,
  type QueuesTaskQueueOptions,
  queuesTaskQueue,
} from './queues-task-queue.ts'
