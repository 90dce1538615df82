/** Revisions that carry a `_meta` envelope on every request. */
export const MODERN_VERSIONS: readonly string[] = ['2026-07-28']

/** Revisions that open with `initialize`, newest first: those that the SDK negotiates. */
export const LEGACY_VERSIONS: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
]

/** What a request without an `MCP-Protocol-Version` header speaks (2025-11-25 transports). */
export const ASSUMED_LEGACY_VERSION = '2025-03-26'

const REVISION = /^\d{4}-\d{2}-\d{2}$/
const FIRST_MODERN = '2026-07-28'
const FIRST_WITHOUT_BATCHES = '2025-06-18'

/** Whether a version names an envelope revision, served here or not: revisions are ISO dates. */
export function isModernVersion(version: string | null): boolean {
  return version !== null && REVISION.test(version) && version >= FIRST_MODERN
}

/** Whether a legacy revision allows JSON-RPC batches. */
export function allowsBatches(version: string): boolean {
  return version < FIRST_WITHOUT_BATCHES
}

/** Methods and families that 2026-07-28 removed, which a 1.x server would still answer. */
export function isRemovedMethod(method: string): boolean {
  return REMOVED_METHODS.has(method) || method.startsWith('tasks/')
}

const REMOVED_METHODS = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
])

/** Notifications that 2026-07-28 has no place for on a response stream. */
export const REMOVED_NOTIFICATIONS: ReadonlySet<string> = new Set([
  'notifications/cancelled',
  'notifications/initialized',
  'notifications/roots/list_changed',
  'notifications/elicitation/complete',
  'notifications/tasks/status',
])
