import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { optionRules, principalOf, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { jwtVerify, SignJWT } from 'jose'
import { InMemorySessionStore } from './store/in-memory-session-store.ts'
import { readKeys } from './store/keys.ts'
import type { SessionChanges, SessionData, SessionStore } from './store/session-store.ts'

/** Options of {@link signedHandles}. */
export interface SignedHandlesOptions {
  /**
   * Secrets of at least 32 characters or bytes, the same on every node. The first signs, all of them verify.
   */
  keys: readonly (string | Uint8Array)[]
  /** What tells these handles from others under the same keys; one use's are nothing to another. */
  purpose: string
  /** Where the state is kept. @defaultValue an {@link InMemorySessionStore} */
  store?: SessionStore | undefined
  /** Milliseconds until a handle ends; what is changed lives no longer for it. @defaultValue 3600000, an hour */
  ttlMs?: number | undefined
}

/** Whom a handle is for: what handlers are called with, or anything else that has the identity. */
export interface HandleOwner {
  authInfo?: AuthInfo
}

/** State that a server keeps for one caller, under handles that only it gives out. */
export interface SignedHandles {
  /** Keeps state for a caller, and gives out its handle: a JWT (RFC 7519) of about 300 characters. */
  create(data: SessionData, holder?: HandleOwner): Promise<string>
  /** The state behind a handle; undefined for one that is forged, has ended, or is another caller's. */
  read(handle: string, holder?: HandleOwner): Promise<SessionData | undefined>
  /** Changes some keys, `null` removing one; false for a handle that `read` does not know. */
  update(handle: string, changes: SessionChanges, holder?: HandleOwner): Promise<boolean>
  /** Forgets the state; no error for a handle that `read` does not know. */
  delete(handle: string, holder?: HandleOwner): Promise<void>
}

const RULES: Rules<keyof SignedHandlesOptions> = {
  // read with `readKeys`, which shows no secret
  keys: optionRules.anything,
  purpose: optionRules.text,
  store: optionRules.objectWith('createSession', 'getSession', 'updateSession', 'deleteSession'),
  ttlMs: optionRules.positive('milliseconds'),
}

const MAX_HANDLE_LENGTH = 2048

/**
 * State for a protocol that has no sessions: a tool gives out a handle as part of its result, and takes it
 * back as an argument. The handle is signed (HS256) and bound to the caller's identity, so that nobody else
 * can use it, and a guess is told from a real one without asking the store. What the store throws is thrown.
 *
 * @param options - See {@link SignedHandlesOptions}.
 * @throws TypeError for no key or a short one, RangeError for a `ttlMs` that is not positive.
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
  if (purpose === undefined) throw new TypeError('signedHandles: purpose must be a string that is not empty')
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
      return payload.sub === principalOf(authInfo) ? payload.jti : undefined
    } catch {
      // forged, expired, of another purpose, or of a key that is gone
      return undefined
    }
  }

  return {
    async create(data, { authInfo } = {}) {
      const id = `handle-${crypto.randomUUID()}`
      await kept.createSession(id, data, ttlMs, principalOf(authInfo))
      const { kid, secret } = await ring.first()
      return new SignJWT()
        .setProtectedHeader({ alg: 'HS256', kid })
        .setJti(id)
        .setSubject(principalOf(authInfo))
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
