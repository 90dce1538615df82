export { type BusMessage, InMemorySessionBus, type SessionBus } from './cluster/session-bus.ts'
export type { SessionSummary } from './list-sessions.ts'
export type { SessionsOptions } from './options.ts'
export { type SessionsServing, sessions } from './sessions.ts'
export {
  type HandleOwner,
  type SignedHandles,
  type SignedHandlesOptions,
  signedHandles,
} from './signed-handles.ts'
export {
  type EncryptedSessionIds,
  type EncryptedSessionIdsOptions,
  encryptedSessionIds,
} from './store/encrypted-session-ids.ts'
export { InMemorySessionStore, type InMemorySessionStoreOptions } from './store/in-memory-session-store.ts'
export type {
  JsonValue,
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from './store/session-store.ts'
export type { EventStore, ReplayListener } from './streams/event-store.ts'
export { InMemoryEventStore, type InMemoryEventStoreOptions } from './streams/in-memory-event-store.ts'
