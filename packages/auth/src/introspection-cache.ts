import { sha256 } from '@portico-mcp/core/internal'
import type { Claims } from './verifier.ts'

interface Kept<T> {
  claims: T
  /** In milliseconds of `Date.now()`. */
  until: number
}

/** Limits of {@link rememberIntrospections}. */
interface Limits {
  /** Milliseconds for which an answer is kept; 0 keeps none. */
  maxAgeMs: number
  /** How many answers about active tokens are kept, and how many about others. */
  maxEntries: number
  /** Milliseconds for which parallel calls wait for one question. */
  timeoutMs: number
}

/**
 * Asks about each token once, and keeps the answer under the token's digest. Answers about tokens that are not active
 * are kept apart, so that a flood of them pushes out none about active tokens.
 *
 * @param ask - Asks the endpoint.
 */
export function rememberIntrospections(
  ask: (token: string) => Promise<Claims>,
  { maxAgeMs, maxEntries, timeoutMs }: Limits,
): (token: string) => Promise<Claims> {
  const active = new BoundedMap<Claims>(maxEntries)
  const others = new BoundedMap<Claims>(maxEntries)
  const pending = new BoundedMap<Promise<Claims>>(maxEntries)

  async function askAnew(key: string, token: string): Promise<Claims> {
    const question = ask(token)
    // where a runtime drops a fetch with the request that began it, no answer ever comes
    pending.set(key, question, timeoutMs)
    try {
      const claims = await question
      if (maxAgeMs > 0) (claims.active === true ? active : others).set(key, claims, maxAgeMs)
      return claims
    } finally {
      pending.delete(key, question)
    }
  }

  return async (token) => {
    const key = sha256(token)
    return active.get(key) ?? others.get(key) ?? pending.get(key) ?? askAnew(key, token)
  }
}

/** Values that end after a time, of which the one that was used least recently is dropped first. */
class BoundedMap<T> {
  readonly #entries = new Map<string, Kept<T>>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = Math.max(maxEntries, 1)
  }

  get(key: string): T | undefined {
    const kept = this.#entries.get(key)
    if (!kept) return undefined
    this.#entries.delete(key)
    if (kept.until <= Date.now()) return undefined
    this.#entries.set(key, kept)
    return kept.claims
  }

  set(key: string, claims: T, ms: number): void {
    this.#entries.delete(key)
    this.#entries.set(key, { claims, until: Date.now() + ms })
    if (this.#entries.size > this.#maxEntries)
      this.#entries.delete(this.#entries.keys().next().value as string)
  }

  /** Removes a value, unless another has taken its place. */
  delete(key: string, claims: T): void {
    if (this.#entries.get(key)?.claims === claims) this.#entries.delete(key)
  }
}
