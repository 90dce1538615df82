/** Methods whose results a client may cache (2026-07-28 caching). */
export type CacheableMethod =
  | 'server/discover'
  | 'tools/list'
  | 'prompts/list'
  | 'resources/list'
  | 'resources/templates/list'
  | 'resources/read'

/** The cache hint of a result: for how long it may be cached, and whether caches may share it. */
export interface CacheHint {
  /** Milliseconds; a non-negative integer. @defaultValue 0 */
  ttlMs?: number | undefined
  /** `public` may be shared between users, even on an authenticated endpoint. @defaultValue 'private' */
  cacheScope?: 'public' | 'private' | undefined
}

export const isTtl = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

export const isCacheScope = (value: unknown): value is 'public' | 'private' =>
  value === 'public' || value === 'private'
