import type { SessionChanges, SessionData } from './session-store.ts'

/** Data with the changes made: what is `null` goes. */
export const changed = (data: SessionData, changes: SessionChanges): SessionData =>
  Object.fromEntries(
    Object.entries({ ...data, ...changes }).filter(([key, value]) => !(key in changes && value === null)),
  )
