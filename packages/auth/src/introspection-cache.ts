import { sha256 } from '@portico-mcp/core/internal'
import type { Claims } from './verifier.ts'

interface Entry<T> {
  value: T
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Limits of {@link cacheIntrospections}. */
interface Limits {
  /** Milliseconds for which a response is cached; 0 caches none. */
  maxAgeMs: number
  /** How many responses about active tokens are cached, and how many about inactive ones. */
  maxEntries: number
  /** Milliseconds for which parallel calls share one request. */
  timeoutMs: number
}

/**
 * Adds a cache to a function that introspects tokens. Responses are stored by the digest of the token. Responses about
 * inactive tokens are stored separately, so that many of them cannot push out those about active tokens.
 *
 * @param introspect - Calls the endpoint.
 */
export function cacheIntrospections(
  introspect: (token: string) => Promise<Claims>,
  { maxAgeMs, maxEntries, timeoutMs }: Limits,
): (token: string) => Promise<Claims> {
  const active = new BoundedMap<Claims>(maxEntries)
  const inactive = new BoundedMap<Claims>(maxEntries)
  const pending = new BoundedMap<Promise<Claims>>(maxEntries)

  async function fetchClaims(key: string, token: string): Promise<Claims> {
    const request = introspect(token)
    // workerd drops a fetch when the request that started it ends, and its promise never settles. The time limit lets a
    // later call start a new request.
    pending.set(key, request, timeoutMs)
    try {
      const claims = await request
      if (maxAgeMs > 0) (claims.active === true ? active : inactive).set(key, claims, maxAgeMs)
      return claims
    } finally {
      pending.delete(key, request)
    }
  }

  return async (token) => {
    const key = sha256(token)
    return active.get(key) ?? inactive.get(key) ?? pending.get(key) ?? fetchClaims(key, token)
  }
}

/** A map whose values expire. If it is full, the least recently used value is dropped. */
class BoundedMap<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = Math.max(maxEntries, 1)
  }

  get(key: string): T | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    if (entry.expiresAt <= Date.now()) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: T, ms: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { value, expiresAt: Date.now() + ms })
    if (this.#entries.size > this.#maxEntries)
      this.#entries.delete(this.#entries.keys().next().value as string)
  }

  /** Removes a value, unless it has been replaced. */
  delete(key: string, value: T): void {
    if (this.#entries.get(key)?.value === value) this.#entries.delete(key)
  }
}
