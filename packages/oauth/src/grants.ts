import { isEqual } from '@portico-mcp/core/internal'
import type { SessionData } from '@portico-mcp/sessions'
import { base64url } from 'jose'
import { signHmac } from './hmac.ts'
import { holderOf } from './holder.ts'
import { keyRing, type ServerSecrets } from './key-ring.ts'
import type { ClientView } from './options.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { type Seal, sealFor } from './seal.ts'
import type { Settings } from './settings.ts'
import type { UpstreamTokens } from './upstream.ts'
import type { User } from './user.ts'

/** What a user has allowed an application, for as long as it lasts. */
export interface Grant {
  clientId: string
  /** What the application said of itself when it was let in. */
  client: ClientView
  scopes: string[]
  resource: string
  user: User
  refreshes: boolean
  upstream?: UpstreamTokens
}

/** What comes of a refresh token. */
export interface Rotation {
  grantId: string
  grant: Grant
  /** The next refresh token: the same for all that come with the same one. */
  successor: string
  /** Whether this request is the first with it; of several at once, one is. */
  first: boolean
}

/** Grants, and the refresh tokens that stand for them. */
export interface Grants {
  /** Keeps a grant under its id. */
  add(grantId: string, grant: Grant): Promise<void>
  find(grantId: string): Promise<Grant | undefined>
  exists(grantId: string): Promise<boolean>
  /** Replaces what is kept of it. @returns `false` where it is gone. */
  change(grantId: string, grant: Grant): Promise<boolean>
  /**
   * Ends a grant, and whatever was issued for it; also the provider's tokens at the provider, unless `atProvider` is
   * `false`.
   */
  revoke(grantId: string, options?: { atProvider?: boolean }): Promise<void>
  firstRefreshToken(grantId: string): Promise<string>
  /** The grant of a refresh token that this server gave out, whether it may still be used or not. */
  grantIdOf(refreshToken: string): Promise<string | undefined>
  /**
   * Uses a refresh token (OAuth 2.1 §4.3.1). Used again, it gives the same answer while the grace period lasts
   * and its successor is unused; after that, its grant is revoked.
   *
   * @throws OAuthServerRefusal `unknown-refresh-token` or `reused-refresh-token`; `another-clients-token` for one
   * that is not of this client, which stays as it was.
   */
  rotate(refreshToken: string, clientId: string, checks: (grant: Grant) => void): Promise<Rotation>
}

const ROTATED = 'rotated-'
/** Generations whose use is remembered one by one; of what is older, that it was. */
const KEPT_GENERATIONS = 4
const MIN_MARK_MS = 60_000

export const newGrantId = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(16)))

/** @param onRevoke - Called with each grant that is revoked, unless the provider has ended it itself. */
export function grantsOf(settings: Settings, onRevoke: (grant: Grant) => Promise<void>): Grants {
  const { sessionSecrets, encryptionSecrets, refreshTokenTTL, tokenTTL, refreshGracePeriodSeconds, stores } =
    settings
  const { lasting: store, passing: marks } = stores
  const seal: Seal<Grant> = sealFor(encryptionSecrets, 'grant')
  const signatures = refreshTokenSignatures(sessionSecrets)
  const graceMs = refreshGracePeriodSeconds * 1000
  const idOf = (grantId: string): string => `oauth-grant-${grantId}`
  const lifeOf = ({ refreshes }: Grant): number => (refreshes ? refreshTokenTTL : tokenTTL) * 1000

  async function load(grantId: string): Promise<{ grant: Grant; data: SessionData } | undefined> {
    const record = await store.getSession(idOf(grantId))
    const grant = record && (await seal.open(idOf(grantId), record.data?.sealed))
    return grant ? { grant, data: record.data ?? {} } : undefined
  }

  async function revoke(grantId: string, { atProvider = true } = {}): Promise<void> {
    const found = atProvider ? await load(grantId) : undefined
    await store.deleteSession(idOf(grantId))
    if (found) await onRevoke(found.grant)
  }

  async function reused(grantId: string): Promise<never> {
    await revoke(grantId)
    throw new OAuthServerRefusal('reused-refresh-token')
  }

  return {
    async add(grantId, grant) {
      const id = idOf(grantId)
      const data = { sealed: await seal.seal(id, grant) }
      await store.createSession(id, data, lifeOf(grant), holderOf(grant.user))
    },
    find: async (grantId) => (await load(grantId))?.grant,
    exists: (grantId) => store.sessionExists(idOf(grantId)),
    async change(grantId, grant) {
      const id = idOf(grantId)
      return store.updateSession(id, { sealed: await seal.seal(id, grant) })
    },
    revoke,
    firstRefreshToken: (grantId) => signatures.tokenOf(grantId, 0),
    grantIdOf: async (refreshToken) => (await signatures.read(refreshToken))?.grantId,
    async rotate(refreshToken, clientId, checks) {
      const read = await signatures.read(refreshToken)
      const found = read && (await load(read.grantId))
      if (!read || !found) throw new OAuthServerRefusal('unknown-refresh-token')
      const { grantId, generation } = read
      const { grant, data } = found
      if (grant.clientId !== clientId) throw new OAuthServerRefusal('another-clients-token')
      checks(grant)
      const { latest, at } = lastRotation(data)
      let first = false
      if (generation > latest) {
        const mark = `oauth-taken-refresh-${grantId}-${generation}`
        const markMs = Math.max(graceMs * 2, MIN_MARK_MS)
        first = await marks.createSession(mark, {}, markMs, holderOf(grant.user))
        if (first) {
          const changes = { [`${ROTATED}${generation}`]: Date.now(), ...forgotten(data, generation) }
          if (!(await store.updateSession(idOf(grantId), changes))) {
            throw new OAuthServerRefusal('unknown-refresh-token')
          }
        } else {
          // somebody is using it right now, or left in the middle of it
          const record = await marks.getSession(mark)
          const since = record ? Date.now() - record.createdAt.getTime() : Number.POSITIVE_INFINITY
          if (since > graceMs || graceMs === 0) return reused(grantId)
        }
      } else if (generation < latest || Date.now() - at > graceMs || graceMs === 0) {
        return reused(grantId)
      }
      await store.touchSession(idOf(grantId), lifeOf(grant))
      return { grantId, grant, successor: await signatures.tokenOf(grantId, generation + 1), first }
    },
  }
}

/** The last generation that was used, and when; -1 where none was. */
function lastRotation(data: SessionData): { latest: number; at: number } {
  const latest = Math.max(-1, ...generationsOf(data))
  return { latest, at: Number(data[`${ROTATED}${latest}`] ?? 0) }
}

const generationsOf = (data: SessionData): number[] =>
  Object.keys(data).flatMap((name) => (name.startsWith(ROTATED) ? [Number(name.slice(ROTATED.length))] : []))

const forgotten = (data: SessionData, generation: number): SessionData =>
  Object.fromEntries(
    generationsOf(data)
      .filter((one) => one <= generation - KEPT_GENERATIONS)
      .map((one) => [`${ROTATED}${one}`, null]),
  )

const REFRESH_TOKEN = /^([\w-]{22})\.(\d{1,9})\.([\w-]{43})$/

/**
 * Refresh tokens are a grant, a generation and a signature (HMAC with SHA-256): a store that is read holds none,
 * and every node gives out the same successor without asking another.
 */
function refreshTokenSignatures(secrets: ServerSecrets) {
  const ring = keyRing(secrets, 'refresh token')

  return {
    async tokenOf(grantId: string, generation: number): Promise<string> {
      const [{ bytes }] = await ring.all()
      return `${grantId}.${generation}.${await signHmac(bytes, `${grantId}.${generation}`)}`
    },
    async read(token: string): Promise<{ grantId: string; generation: number } | undefined> {
      const [, grantId, generation, signature] = REFRESH_TOKEN.exec(token) ?? []
      if (grantId === undefined || generation === undefined || signature === undefined) return undefined
      const own = await Promise.all(
        (await ring.all()).map(({ bytes }) => signHmac(bytes, `${grantId}.${generation}`)),
      )
      const isOwn = own.map((one) => isEqual(one, signature)).includes(true)
      return isOwn ? { grantId, generation: Number(generation) } : undefined
    },
  }
}
