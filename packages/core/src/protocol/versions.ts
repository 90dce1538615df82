/** Revisions that carry a `_meta` envelope on every request. */
export const MODERN_VERSIONS: readonly string[] = ['2026-07-28']

/** Whether a version is a revision with an envelope, even if it is not served. Revisions are ISO dates. */
export const isModernVersion = (version: string | null): boolean =>
  version !== null && /^\d{4}-\d\d-\d\d$/.test(version) && version >= '2026-07-28'

/** Whether a 2025-era revision allows JSON-RPC batches. */
export const allowsBatches = (version: string): boolean => version < '2025-06-18'

/** Whether 2026-07-28 removed a method that a 1.x server would still answer. */
export const isRemovedMethod = (method: string): boolean =>
  /^(initialize|ping|logging\/setLevel|resources\/(un)?subscribe|tasks\/.*)$/.test(method)

/** Whether 2026-07-28 does not allow a notification on a response stream. */
export const isRemovedNotification = (method: string): boolean =>
  /^notifications\/(cancelled|initialized|(roots|elicitation|tasks)\/)/.test(method)

/** The methods that a 2026-07-28 server may answer with `input_required` (multi round-trip requests). */
export const ASKING_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])
