export {
  type EncryptedSessionIds,
  type EncryptedSessionIdsOptions,
  encryptedSessionIds,
} from './encrypted-session-ids.ts'
export type { EventStore, ReplayListener } from './event-store.ts'
export { InMemoryEventStore, type InMemoryEventStoreOptions } from './in-memory-event-store.ts'
export { InMemorySessionStore, type InMemorySessionStoreOptions } from './in-memory-session-store.ts'
export type { SessionSummary } from './listed.ts'
export type { SessionsOptions } from './options.ts'
export { type BusMessage, InMemorySessionBus, type SessionBus } from './session-bus.ts'
export type {
  JsonValue,
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from './session-store.ts'
export { type SessionsServing, sessions } from './sessions.ts'
export {
  type HandleOwner,
  type SignedHandles,
  type SignedHandlesOptions,
  signedHandles,
} from './signed-handles.ts'
