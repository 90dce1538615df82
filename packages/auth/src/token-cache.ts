import { isWorkerd, sha256 } from '@portico-mcp/core/internal'
import { copyPlainData, isPlainData } from './plain-data.ts'
import type { AuthInfo } from './verifier.ts'

/** A verified identity, and whether it may be remembered. */
export interface Verified {
  authInfo: AuthInfo
  isCacheable: boolean
}

/** The length of the longest token that is remembered. Longer ones would take too much memory. */
const MAX_TOKEN_LENGTH = 8192

type Verify = () => Promise<Verified>

interface Entry {
  /** The cache's own copy, which is not passed to requests. Its `token` is empty if it equals the verified token. */
  authInfo: AuthInfo
  hasToken: boolean
  clock: Clock
}

/**
 * Both clocks limit the age of an entry: a wall clock can be set back, and a monotonic clock stops while the machine
 * sleeps.
 */
interface Clock {
  wallMs: number
  monotonicMs: number
}

const readClock = (): Clock => ({ wallMs: Date.now(), monotonicMs: performance.now() })

/** Remembers the verified tokens of one `withAuth` or `requireBearerAuth`. */
export class TokenCache {
  readonly #maxAgeMs: number
  readonly #maxEntries: number
  // Ordered by last use. The keys are digests, so that they contain no token, and the time of a lookup reveals nothing
  // about one.
  readonly #entries = new Map<string, Entry>()
  readonly #pending = new Map<string, Promise<Entry | undefined>>()

  /**
   * @param maxAgeMs - Milliseconds for which a token is remembered.
   * @param maxEntries - How many tokens are remembered.
   */
  constructor(maxAgeMs: number, maxEntries: number) {
    this.#maxAgeMs = maxAgeMs
    this.#maxEntries = maxEntries
  }

  /**
   * Returns the identity of a token: without a promise if it is remembered, else after `verify`.
   *
   * @param verify - Called unless the token is remembered.
   * @param isShared - Whether parallel calls for one token share one verification.
   */
  resolve(token: string, verify: Verify, isShared: boolean): AuthInfo | Promise<AuthInfo> {
    if (token.length > MAX_TOKEN_LENGTH) return verify().then(({ authInfo }) => authInfo)
    const key = sha256(token)
    const entry = this.#find(key)
    return entry ? copyAuthInfo(entry, token) : this.#resolveAnew(key, token, verify, isShared)
  }

  #find(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    this.#entries.delete(key)
    if (!isFresh(entry, this.#maxAgeMs)) return undefined
    this.#entries.set(key, entry)
    return entry
  }

  async #resolveAnew(key: string, token: string, verify: Verify, isShared: boolean): Promise<AuthInfo> {
    // workerd cancels a promise when the request that created it ends, and then other requests would wait forever.
    if (!isShared || isWorkerd) return (await this.#verifyAlone(key, token, verify))[0]
    const pending = this.#pending.get(key)
    return pending ? joinVerification(pending, token, verify) : this.#verifyTogether(key, token, verify)
  }

  async #verifyAlone(key: string, token: string, verify: Verify): Promise<[AuthInfo, Entry?]> {
    // The age counts from before the verification, since a token may be revoked meanwhile.
    const clock = readClock()
    const { authInfo, isCacheable } = await verify()
    const entry = isCacheable ? toEntry(authInfo, token, clock) : undefined
    if (entry) this.#remember(key, entry)
    return [authInfo, entry]
  }

  async #verifyTogether(key: string, token: string, verify: Verify): Promise<AuthInfo> {
    const verified = this.#verifyAlone(key, token, verify)
    const shared = verified.then(([, entry]) => entry)
    // The first call rejects with the same error, so this promise must not report an unhandled rejection.
    shared.catch(() => {})
    this.#pending.set(key, shared)
    try {
      return (await verified)[0]
    } finally {
      this.#pending.delete(key)
    }
  }

  #remember(key: string, entry: Entry): void {
    const entries = this.#entries
    entries.delete(key)
    entries.set(key, entry)
    if (entries.size > this.#maxEntries) entries.delete(entries.keys().next().value as string)
  }
}

async function joinVerification(
  pending: Promise<Entry | undefined>,
  token: string,
  verify: Verify,
): Promise<AuthInfo> {
  const entry = await pending
  // An identity that cannot be copied is not shared.
  return entry ? copyAuthInfo(entry, token) : (await verify()).authInfo
}

function toEntry(authInfo: AuthInfo, token: string, clock: Clock): Entry | undefined {
  try {
    if (!isPlainData(authInfo)) return undefined
    const copy = copyPlainData(authInfo)
    const hasToken = copy.token !== token
    return { authInfo: hasToken ? copy : { ...copy, token: '' }, hasToken, clock }
  } catch {
    // A member cannot be read, for example because its getter throws.
    return undefined
  }
}

// Each request gets a copy, so that a handler that changes it does not affect the next request.
function copyAuthInfo({ authInfo, hasToken }: Entry, token: string): AuthInfo {
  const copy = copyPlainData(authInfo)
  if (!hasToken) copy.token = token
  return copy
}

function isFresh({ authInfo, clock }: Entry, maxAgeMs: number): boolean {
  const wallMs = Date.now()
  const age = wallMs - clock.wallMs
  if (age < 0 || age >= maxAgeMs || performance.now() - clock.monotonicMs >= maxAgeMs) return false
  const seconds = wallMs / 1000
  const { expiresAt } = authInfo
  if (expiresAt !== undefined && !(expiresAt > seconds)) return false
  const { nbf } = (authInfo.extra?.claims ?? {}) as { nbf?: unknown }
  // A verifier tolerates a small clock difference for `nbf`. Such a token is verified again instead.
  return !(typeof nbf === 'number' && nbf > seconds)
}
