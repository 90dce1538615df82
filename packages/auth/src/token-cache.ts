import { isWorkerd, sha256 } from '@portico-mcp/core/internal'
import { copyPlainData, isPlainData } from './plain-data.ts'
import type { AuthInfo } from './verifier.ts'

/** A verified identity, and whether it may be remembered. */
export interface Verified {
  authInfo: AuthInfo
  isCacheable: boolean
}

/** Remembers the verified tokens of one gate. */
export interface TokenCache {
  /**
   * The identity of a token: at once if it was verified before, else after `verify`.
   *
   * @param verify - Called unless the token is remembered.
   * @param isShared - Whether parallel calls for one token share one verification.
   */
  resolve(token: string, verify: Verify, isShared: boolean): AuthInfo | Promise<AuthInfo>
}

/** Characters of a token that is remembered; a longer one takes too much memory. */
const MAX_TOKEN_LENGTH = 8192

type Verify = () => Promise<Verified>

interface Entry {
  /** The cache's own copy, which no request gets. Its `token` is left out if it is the text that was digested. */
  authInfo: AuthInfo
  hasToken: boolean
  clock: Clock
}

/** A wall clock can be set, and a monotonic one stops while the machine sleeps: an entry is fresh by both. */
interface Clock {
  wallMs: number
  monotonicMs: number
}

const readClock = (): Clock => ({ wallMs: Date.now(), monotonicMs: performance.now() })

/**
 * Makes a cache.
 *
 * @param maxAgeMs - Milliseconds for which a token is remembered.
 * @param maxEntries - How many tokens are remembered.
 */
export function createTokenCache(maxAgeMs: number, maxEntries: number): TokenCache {
  // in the order of their last use, by digest, so that the keys hold no token and how long a look-up takes tells nothing
  const entries = new Map<string, Entry>()
  const pending = new Map<string, Promise<Entry | undefined>>()

  function find(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (!entry) return undefined
    entries.delete(key)
    if (!isFresh(entry, maxAgeMs)) return undefined
    entries.set(key, entry)
    return entry
  }

  function remember(key: string, entry: Entry): void {
    entries.delete(key)
    entries.set(key, entry)
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string)
  }

  async function verifyAlone(key: string, token: string, verify: Verify): Promise<[AuthInfo, Entry?]> {
    // the age counts from here, as a token may be revoked while it is verified
    const clock = readClock()
    const { authInfo, isCacheable } = await verify()
    const entry = isCacheable ? toEntry(authInfo, token, clock) : undefined
    if (entry) remember(key, entry)
    return [authInfo, entry]
  }

  async function verifyTogether(key: string, token: string, verify: Verify): Promise<AuthInfo> {
    const verified = verifyAlone(key, token, verify)
    const shared = verified.then(([, entry]) => entry)
    // the call that began it rejects as well
    shared.catch(() => {})
    pending.set(key, shared)
    try {
      return (await verified)[0]
    } finally {
      pending.delete(key)
    }
  }

  async function join(begun: Promise<Entry | undefined>, token: string, verify: Verify): Promise<AuthInfo> {
    const entry = await begun
    // an identity that cannot be copied is not shared
    return entry ? handOut(entry, token) : (await verify()).authInfo
  }

  async function resolveAnew(
    key: string,
    token: string,
    verify: Verify,
    isShared: boolean,
  ): Promise<AuthInfo> {
    // workerd cancels a promise with the request that made it, and others that wait for it never settle
    if (!isShared || isWorkerd) return (await verifyAlone(key, token, verify))[0]
    const begun = pending.get(key)
    return begun ? join(begun, token, verify) : verifyTogether(key, token, verify)
  }

  return {
    resolve(token, verify, isShared) {
      if (token.length > MAX_TOKEN_LENGTH) return verify().then(({ authInfo }) => authInfo)
      const key = sha256(token)
      const entry = find(key)
      return entry ? handOut(entry, token) : resolveAnew(key, token, verify, isShared)
    },
  }
}

function toEntry(authInfo: AuthInfo, token: string, clock: Clock): Entry | undefined {
  try {
    if (!isPlainData(authInfo)) return undefined
    const copy = copyPlainData(authInfo)
    const hasToken = copy.token !== token
    return { authInfo: hasToken ? copy : { ...copy, token: '' }, hasToken, clock }
  } catch {
    // a member that cannot be read, such as a getter that throws
    return undefined
  }
}

// a copy, so that a handler that changes its identity does not change that of the next request
function handOut({ authInfo, hasToken }: Entry, token: string): AuthInfo {
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
  // the verifier has a tolerance for clocks that differ, and judges such a token each time
  return !(typeof nbf === 'number' && nbf > seconds)
}
