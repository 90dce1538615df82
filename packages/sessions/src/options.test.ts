import { expect, it } from 'vitest'
import {
  encryptedSessionIds,
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  sessions,
  signedHandles,
} from './index.ts'
import { FileSessionStore } from './store/file-session-store.ts'

const SECRET = 'a secret of at least 32 characters'
const serve = (options: unknown) => () => sessions(options as never)
const handles = (options: object) => () =>
  signedHandles({ keys: [SECRET], purpose: 'cart', ...options } as never)
const ids = (options: object) => () => encryptedSessionIds({ keys: [SECRET], ...options } as never)

it.each<[string, () => unknown]>([
  ['sessions: options must be an object (got "memory")', serve('memory')],
  ['sessions: there is no option "idleTimeout": did you mean idleTimeoutMs?', serve({ idleTimeout: 1 })],
  ['sessions: store must be an object with createSession', serve({ store: new Map() })],
  ['sessions: eventStore must be an object with storeEvent', serve({ eventStore: true })],
  ['sessions: bus must be an object with send, listen', serve({ bus: {} })],
  ['sessions: idleTimeoutMs must be a number of milliseconds greater than 0', serve({ idleTimeoutMs: '1' })],
  ['sessions: maxSessions must be a number of 1 or more (got 0)', serve({ maxSessions: 0 })],
  ['sessions: sessionIdGenerator must be a function', serve({ sessionIdGenerator: 'uuid' })],
  ['sessions: requireProtocolVersion must be true or false', serve({ requireProtocolVersion: 1 })],
  ['sessions: retryMs must be an integer of milliseconds of 0 or more (got 0.5)', serve({ retryMs: 0.5 })],
  ['signedHandles: there is no option "ttl": did you mean ttlMs?', handles({ ttl: 1 })],
  ['signedHandles: purpose must be a string that is not empty', handles({ purpose: undefined })],
  ['signedHandles: keys must be a list with at least one secret', handles({ keys: [] })],
  ['signedHandles: each of keys must have at least 32 characters or bytes', handles({ keys: ['hunter2'] })],
  ['encryptedSessionIds: ttlMs must be a number of milliseconds greater than 0', ids({ ttlMs: -1 })],
  ['encryptedSessionIds: there is no option "key": did you mean keys?', ids({ key: SECRET })],
  [
    'InMemorySessionStore: ttlMs must be a number of milliseconds greater than 0 (got "1h")',
    () => new InMemorySessionStore({ ttlMs: '1h' } as never),
  ],
  [
    'InMemoryEventStore: there is no option "maxEvents": did you mean maxEventsPerStream?',
    () => new InMemoryEventStore({ maxEvents: 9 } as never),
  ],
  ['FileSessionStore: folder must be the path of a folder', () => new FileSessionStore({} as never)],
  ['FileSessionStore: folder must be a string that is not empty', () => new FileSessionStore({ folder: '' })],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})

it('takes options that are undefined for absent', () => {
  const store = new InMemorySessionStore({ ttlMs: undefined })
  expect(() => sessions({ store, bus: new InMemorySessionBus(), retryMs: undefined })).not.toThrow()
})
