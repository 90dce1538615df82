import { Refusal } from '@portico-mcp/core'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { EncryptJWT, jwtDecrypt } from 'jose'
import { readKeys } from './keys.ts'
import type { LoadedSession, SessionOrigin, SessionRepository } from './session-repository.ts'
import { type SessionState, toData, toState } from './session-state.ts'
import type { SessionData } from './session-store.ts'

/** Options of {@link encryptedSessionIds}. */
export interface EncryptedSessionIdsOptions {
  /**
   * Secrets of at least 32 characters or bytes, the same on every node. The first seals, all of them open: put
   * a new one in front, and take an old one away once what it sealed has expired.
   */
  keys: readonly (string | Uint8Array)[]
  /**
   * What tells the sessions of this endpoint from those of others under the same keys, such as `'admin'` or
   * `'staging'`: to any other, they are unknown (404). Of several, the first seals and all of them open, so that
   * a purpose can be changed without ending sessions.
   * @defaultValue the path of the endpoint's URL and the name of its server
   */
  purpose?: string | readonly string[] | undefined
  /** Milliseconds until a session ends, however busy it is. @defaultValue 28800000, eight hours */
  ttlMs?: number | undefined
}

/** A value of the `store` option: sessions that are kept in their ids. */
export interface EncryptedSessionIds {
  readonly encrypted: SessionRepository
}

const RULES: Rules<keyof EncryptedSessionIdsOptions> = {
  // read below, where each is looked at by itself
  keys: optionRules.anything,
  purpose: optionRules.anything,
  ttlMs: optionRules.positive('milliseconds'),
}

const MAX_ID_LENGTH = 4096

/** Tells what is sealed here from whatever else the same secret may seal (RFC 8725 section 3.11). */
const TYPE = 'portico-session'

/**
 * Keeps sessions in their ids: encrypted and authenticated (JWE, `dir` with A256GCM, RFC 7516), with an end,
 * the owner, the negotiated revision and what the client said of itself. Nothing is stored, so any node with
 * the keys serves a session, over any restart.
 *
 * Such a session cannot change: DELETE is answered 405, `logging/setLevel` and `resources/subscribe` -32601,
 * and it lives until its end, revoked or not. An `initialize` whose id would be longer than 4096 characters
 * is refused (400).
 *
 * @param options - See {@link EncryptedSessionIdsOptions}.
 * @throws TypeError for no key or a short one, or a purpose that is empty; RangeError for a `ttlMs` that is not
 *   positive.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { encryptedSessionIds, sessions } from '@portico-mcp/sessions'
 *
 * const keys = [process.env.SESSION_KEY ?? 'a secret of at least 32 characters']
 *
 * export const handler = createMcpHandler(() => new McpServer({ name: 'lambda', version: '1.0.0' }), {
 *   legacy: sessions({ store: encryptedSessionIds({ keys }) }),
 * })
 * ```
 */
export function encryptedSessionIds(options: EncryptedSessionIdsOptions): EncryptedSessionIds {
  validateOptions('encryptedSessionIds', options, RULES)
  const { keys, purpose, ttlMs = 8 * 3_600_000 } = options
  const ring = readKeys('encryptedSessionIds', keys)
  const purposes = readPurposes(purpose)

  async function encrypt(key: string, state: SessionState, { url, server }: SessionOrigin): Promise<string> {
    const { kid, secret } = await ring.first()
    return new EncryptJWT({ state: toData(state), ...(!purposes && { server }) })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: TYPE, kid })
      .setAudience(purposes?.[0] ?? createAudience(url))
      .setJti(key)
      .setExpirationTime(new Date(Date.now() + ttlMs))
      .encrypt(secret)
  }

  async function decrypt(sessionId: string, url: string): Promise<LoadedSession | undefined> {
    try {
      const { payload } = await jwtDecrypt(sessionId, async ({ kid }) => ring.getSecret(kid), {
        typ: TYPE,
        requiredClaims: ['exp'],
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        currentDate: new Date(),
      })
      const state = toState(payload.state as SessionData)
      const { aud, server } = payload
      if (!state || !payload.jti || !matchesAudience(aud, url)) return undefined
      return { sessionId, key: payload.jti, state, ...(typeof server === 'string' && { server }) }
    } catch {
      // forged, expired, of another endpoint or of a key that is gone: all of them are unknown
      return undefined
    }
  }

  // An id of a version that knew no audience is taken where no purpose is set: an upgrade ends no session.
  const matchesAudience = (audience: unknown, url: string): boolean =>
    audience === undefined ? !purposes : (purposes ?? [createAudience(url)]).includes(String(audience))

  return {
    encrypted: {
      isMutable: false,
      isLocal: false,
      async create(state, opening) {
        const key = crypto.randomUUID()
        const kept = { ...state, initialized: true }
        const sessionId = await encrypt(key, kept, opening)
        if (sessionId.length > MAX_ID_LENGTH) {
          throw new Refusal('session-too-large', 'initialize says more than a session id can hold')
        }
        return { sessionId, key, state: kept }
      },
      find: async (sessionId, url) =>
        sessionId.length > MAX_ID_LENGTH ? undefined : decrypt(sessionId, url),
      change: async () => {},
      touch: async () => true,
      remove: async () => {},
      claim: async () => async () => {},
    },
  }
}

// The audience of a purpose is never that of a path (RFC 8725 section 3.9).
function readPurposes(purpose: EncryptedSessionIdsOptions['purpose']): string[] | undefined {
  if (purpose === undefined) return undefined
  const purposes: readonly unknown[] = [purpose].flat()
  if (purposes.length > 0 && purposes.every((one) => typeof one === 'string' && one !== '')) {
    return purposes.map((one) => `purpose ${one}`)
  }
  throw new TypeError(
    'encryptedSessionIds: purpose must be a string that is not empty, or a list of such strings',
  )
}

// The host is left out: behind a proxy it may be another on each node.
function createAudience(url: string): string {
  const { pathname } = new URL(url)
  let end = pathname.length
  while (pathname[end - 1] === '/') end--
  return `path ${pathname.slice(0, end)}`
}
