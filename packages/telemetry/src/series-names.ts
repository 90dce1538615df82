/** Replaces names that are not known. */
export const OTHER = '_OTHER'

const MAX_LEARNED = 200
const MAX_LENGTH = 128

/** Names that may become an attribute of a series. Clients cannot add to them without limit. */
export interface Names {
  /** Returns the name, or `_OTHER` if it is not known. */
  nameOf(name: string): string
  /** Adds a name that is known to exist. */
  learn(name: unknown): void
}

/** Creates a set of names: those that are listed, otherwise those that are learned, up to a limit. */
export function knownNames(listed?: readonly string[], limit: number = MAX_LEARNED): Names {
  const known = new Set(listed)
  return {
    nameOf: (name) => (known.has(name) ? name : OTHER),
    learn(name) {
      if (listed || typeof name !== 'string' || name.length > MAX_LENGTH) return
      if (known.size < limit) known.add(name)
    },
  }
}

/** Shortens a text that a client has sent. */
export const clip = (text: string): string => text.slice(0, MAX_LENGTH)

/** The requests and notifications that clients may send, of all protocol versions. */
export const METHODS: readonly string[] = [
  'completion/complete',
  'initialize',
  'logging/setLevel',
  'notifications/cancelled',
  'notifications/initialized',
  'notifications/progress',
  'notifications/roots/list_changed',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tools/call',
  'tools/list',
]

/** The protocol versions that are named. */
export const VERSIONS: readonly string[] = [
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
]
