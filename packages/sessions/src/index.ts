export type { EventStore, ReplayListener } from './event-store.ts'
export { type HandleHolder, type Handles, type HandlesOptions, handles } from './handles.ts'
export { InMemoryEventStore, type InMemoryEventStoreOptions } from './in-memory-event-store.ts'
export { InMemorySessionStore, type InMemorySessionStoreOptions } from './in-memory-session-store.ts'
export type { SessionsOptions } from './options.ts'
export { type SealedOptions, type SealedSessions, sealed } from './sealed.ts'
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
