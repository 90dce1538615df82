import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { identifyPrincipal, optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { jwtVerify, SignJWT } from 'jose'
import { InMemorySessionStore } from './store/in-memory-session-store.ts'
import { readKeys } from './store/keys.ts'
import type { SessionChanges, SessionData, SessionStore } from './store/session-store.ts'

/** Options of {@link signedHandles}. */
export interface SignedHandlesOptions {
  /**
   * Secrets of at least 32 characters or bytes, the same on every node. The first one signs. All of them verify.
   */
  keys: readonly (string | Uint8Array)[]
  /** Separates these handles from others under the same keys. A handle is only valid for its own purpose. */
  purpose: string
  /** Stores the state. @defaultValue an {@link InMemorySessionStore} */
  store?: SessionStore | undefined
  /** Milliseconds until a handle expires. Changes to its state do not extend it. @defaultValue 3600000 (one hour) */
  ttlMs?: number | undefined
}

/** The caller that owns a handle: the `extra` of a tool, or any object with `authInfo`. */
export interface HandleOwner {
  authInfo?: AuthInfo
}

/** State that a server stores for one caller, identified by a signed handle. */
export interface SignedHandles {
  /** Stores state for a caller. Returns its handle: a JWT (RFC 7519) of about 300 characters. */
  create(data: SessionData, holder?: HandleOwner): Promise<string>
  /** Reads the state of a handle. Returns undefined if it is forged, has expired or belongs to another caller. */
  read(handle: string, holder?: HandleOwner): Promise<SessionData | undefined>
  /** Changes some keys; `null` removes a key. Returns false for a handle for which `read` returns undefined. */
  update(handle: string, changes: SessionChanges, holder?: HandleOwner): Promise<boolean>
  /** Deletes the state. Does nothing for a handle for which `read` returns undefined. */
  delete(handle: string, holder?: HandleOwner): Promise<void>
}

const RULES: Rules<keyof SignedHandlesOptions> = {
  // `readKeys` validates the keys: its messages show no secret.
  keys: optionRules.anything,
  purpose: optionRules.text,
  store: optionRules.objectWith('createSession', 'getSession', 'updateSession', 'deleteSession'),
  ttlMs: optionRules.positive('milliseconds'),
}

const MAX_HANDLE_LENGTH = 2048

/**
 * Stores state without a session, as 2026-07-28 requires: a tool returns a handle in its result and accepts it as an
 * argument later. The handle is signed (HS256) and bound to the caller's identity, so no other caller can use it, and
 * forged handles are rejected without a look into the store. Errors of the store are thrown.
 *
 * @param options - See {@link SignedHandlesOptions}.
 * @throws TypeError if `keys` is empty or a key is too short, or `purpose` is missing.
 * @throws RangeError if `ttlMs` is not positive.
 *
 * @example
 * ```ts
 * import { McpServer } from '@portico-mcp/core'
 * import { signedHandles } from '@portico-mcp/sessions'
 * import { z } from 'zod'
 *
 * const carts = signedHandles({ purpose: 'cart', keys: ['a secret of at least 32 characters'] })
 * const schema = { cart: z.string().optional(), item: z.string() }
 *
 * export function createServer() {
 *   const server = new McpServer({ name: 'shop', version: '1.0.0' })
 *   server.registerTool('add', { inputSchema: schema }, async ({ cart, item }, extra) => {
 *     const items = cart === undefined ? {} : await carts.read(cart, extra)
 *     if (!items) return { isError: true, content: [{ type: 'text', text: 'There is no such cart' }] }
 *     if (cart !== undefined) await carts.update(cart, { [item]: true }, extra)
 *     const handle = cart ?? (await carts.create({ [item]: true }, extra))
 *     return { content: [{ type: 'text', text: `Added to the cart ${handle}` }] }
 *   })
 *   return server
 * }
 * ```
 */
export function signedHandles(options: SignedHandlesOptions): SignedHandles {
  validateOptions('signedHandles', options, RULES)
  const { keys, purpose, store, ttlMs = 3_600_000 } = options
  if (purpose === undefined)
    throw new TypeError('signedHandles: purpose must be a string that is not empty (got undefined)')
  const ring = readKeys('signedHandles', keys)
  const kept = store ?? new InMemorySessionStore({ ttlMs })

  async function readId(handle: string, { authInfo }: HandleOwner): Promise<string | undefined> {
    if (typeof handle !== 'string' || handle.length > MAX_HANDLE_LENGTH) return undefined
    try {
      const { payload } = await jwtVerify(handle, async ({ kid }) => ring.getSecret(kid), {
        algorithms: ['HS256'],
        audience: purpose,
        currentDate: new Date(),
      })
      return payload.sub === identifyPrincipal(authInfo) ? payload.jti : undefined
    } catch {
      // The handle is forged, has expired, has another purpose, or its key was removed.
      return undefined
    }
  }

  return {
    async create(data, { authInfo } = {}) {
      const id = `handle-${crypto.randomUUID()}`
      await kept.createSession(id, data, ttlMs, identifyPrincipal(authInfo))
      const { kid, secret } = await ring.first()
      return new SignJWT()
        .setProtectedHeader({ alg: 'HS256', kid })
        .setJti(id)
        .setSubject(identifyPrincipal(authInfo))
        .setAudience(purpose)
        .setExpirationTime(new Date(Date.now() + ttlMs))
        .sign(secret)
    },
    async read(handle, holder = {}) {
      const id = await readId(handle, holder)
      const record = id === undefined ? undefined : await kept.getSession(id)
      return record ? (record.data ?? {}) : undefined
    },
    async update(handle, changes, holder = {}) {
      const id = await readId(handle, holder)
      return id !== undefined && kept.updateSession(id, changes)
    },
    async delete(handle, holder = {}) {
      const id = await readId(handle, holder)
      if (id !== undefined) await kept.deleteSession(id)
    },
  }
}
