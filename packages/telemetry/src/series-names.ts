/** What stands for every name that is not known. */
export const OTHER = '_OTHER'

const MAX_LEARNED = 200
const MAX_LENGTH = 128

/** Names that may become an attribute of a series, which a stranger cannot add to at will. */
export interface Names {
  /** The name, or `_OTHER`. */
  nameOf(name: string): string
  /** Takes a name that was seen to exist. */
  learn(name: unknown): void
}

/** Names that were listed once and for all, or else are learned up to a limit. */
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

/** A text of a client's, short enough to keep. */
export const clip = (text: string): string => text.slice(0, MAX_LENGTH)

/** The requests and notifications of every revision that a client may send. */
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

/** The revisions that are told apart. */
export const VERSIONS: readonly string[] = [
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
]
