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
   * Secrets of at least 32 characters or bytes, the same on every node. The first one encrypts. All of them decrypt.
   * To rotate keys, put the new one first, and remove the old one once the sessions that it encrypted have expired.
   */
  keys: readonly (string | Uint8Array)[]
  /**
   * Separates the sessions of this endpoint from those of other endpoints with the same keys, such as `'admin'` or
   * `'staging'`. An endpoint with another purpose answers 404. In a list, the first purpose is given to new sessions
   * and all of them are accepted, so that a purpose can be changed without ending sessions.
   * @defaultValue the path of the endpoint's URL and the name of its server
   */
  purpose?: string | readonly string[] | undefined
  /** Milliseconds until a session ends, whether it is in use or not. @defaultValue 28800000 (eight hours) */
  ttlMs?: number | undefined
}

/** A value of the `store` option that stores sessions in their ids. */
export interface EncryptedSessionIds {
  readonly encrypted: SessionRepository
}

const RULES: Rules<keyof EncryptedSessionIdsOptions> = {
  // `readKeys` and `readPurposes` validate these two: their messages show no secret.
  keys: optionRules.anything,
  purpose: optionRules.anything,
  ttlMs: optionRules.positive('milliseconds'),
}

const MAX_ID_LENGTH = 4096

/**
 * The explicit `typ` of these tokens, so that no other token under the same secret is accepted (RFC 8725 section 3.11).
 */
const TYPE = 'portico-session'

/**
 * Stores sessions in their ids: encrypted and authenticated tokens (JWE, `dir` with A256GCM, RFC 7516) with an expiry,
 * the owner, the negotiated protocol version and the `initialize` params. Nothing is stored on the server, so any node
 * with the keys serves a session, also after a restart.
 *
 * Such a session cannot change. DELETE gets 405, `logging/setLevel` and `resources/subscribe` get -32601, and the
 * session cannot be revoked before it expires. An `initialize` whose session id would exceed 4096 characters gets 400.
 *
 * @param options - See {@link EncryptedSessionIdsOptions}.
 * @throws TypeError if `keys` is empty or a key is too short, or if a purpose is empty.
 * @throws RangeError if `ttlMs` is not positive.
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
      // The id is forged, has expired, belongs to another endpoint, or its key was removed: the session is unknown.
      return undefined
    }
  }

  // An id without an audience, from an earlier version, is accepted if no purpose is set, so an upgrade ends no
  // session.
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
          throw new Refusal(
            'session-too-large',
            `initialize has more data than a session id of ${MAX_ID_LENGTH} characters can hold`,
          )
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

// The prefixes `purpose` and `path` keep a purpose from being the audience of a path (RFC 8725 section 3.9).
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

// The host is left out: behind a proxy it may differ between nodes.
function createAudience(url: string): string {
  const { pathname } = new URL(url)
  let end = pathname.length
  while (pathname[end - 1] === '/') end--
  return `path ${pathname.slice(0, end)}`
}
