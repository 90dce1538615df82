import type { SessionChanges, SessionData } from './session-store.ts'

/** Applies changes to a copy of the data. `null` removes a key, and `undefined` changes nothing. */
export function applyChanges(data: SessionData, changes: SessionChanges): SessionData {
  const all = new Map(Object.entries(data))
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) all.delete(key)
    else if (value !== undefined) all.set(key, value)
  }
  return Object.fromEntries(all)
}
