import { createGrantRecords, type Grant, type LoadedGrant } from './grant-records.ts'
import { createRefreshTokens } from './refresh-tokens.ts'
import { OAuthServerRefusal } from './refusal.ts'
import type { Settings } from './settings.ts'
import { type RotationRecords, recordUse } from './token-rotation.ts'

export type { Grant } from './grant-records.ts'

/** The result of using a refresh token. */
export interface Rotation {
  grantId: string
  grant: Grant
  /** The next refresh token. All requests with the same refresh token get the same one. */
  successor: string
  /** Whether this request is the first with its refresh token. Of several parallel requests, one is. */
  isFirst: boolean
}

/** The grants of a server, and their refresh tokens. */
export interface Grants {
  /** Stores a grant under an id. */
  add(grantId: string, grant: Grant): Promise<void>
  find(grantId: string): Promise<Grant | undefined>
  exists(grantId: string): Promise<boolean>
  /** Replaces a grant. Returns `false` if it was revoked meanwhile. */
  replace(grantId: string, grant: Grant): Promise<boolean>
  /**
   * Revokes a grant, and with it all tokens that were issued for it.
   *
   * @param options - `atProvider` is whether the tokens of the identity provider are revoked there too (default true).
   */
  revoke(grantId: string, options?: { atProvider?: boolean }): Promise<void>
  /** Builds the first refresh token of a grant. */
  buildRefreshToken(grantId: string): Promise<string>
  /** Finds the grant of a refresh token that this server issued, whether or not the token can still be used. */
  findId(refreshToken: string): Promise<string | undefined>
  /**
   * Uses a refresh token (OAuth 2.1 §4.3.1). A second use has the same result during the grace period, unless the
   * successor has been used. After that it revokes the grant.
   *
   * @param check - Called with the grant before the token counts as used. It throws to refuse the request.
   * @throws OAuthServerRefusal `unknown-refresh-token` or `reused-refresh-token`; `another-clients-token` if the token
   *   belongs to another client, which does not count as a use.
   */
  rotate(refreshToken: string, clientId: string, check: (grant: Grant) => void): Promise<Rotation>
}

/**
 * Creates the grants of a server.
 *
 * @param onRevoke - Called with each grant that is revoked, unless `atProvider` is false.
 */
export function createGrants(settings: Settings, onRevoke: (grant: Grant) => Promise<void>): Grants {
  const records = createGrantRecords(settings)
  const tokens = createRefreshTokens(settings.sessionSecrets)
  const rotation: RotationRecords = {
    records,
    markers: settings.stores.transient,
    graceMs: settings.refreshGracePeriodSeconds * 1000,
  }

  async function revoke(grantId: string, { atProvider = true } = {}): Promise<void> {
    const loaded = atProvider ? await records.load(grantId) : undefined
    await records.delete(grantId)
    if (loaded) await onRevoke(loaded.grant)
  }

  async function loadByToken(token: string): Promise<LoadedGrant & { grantId: string; generation: number }> {
    const read = await tokens.read(token)
    const loaded = read && (await records.load(read.grantId))
    if (!loaded) throw new OAuthServerRefusal('unknown-refresh-token')
    return { ...read, ...loaded }
  }

  return {
    add: records.create,
    find: async (grantId) => (await records.load(grantId))?.grant,
    exists: records.exists,
    replace: records.replace,
    revoke,
    buildRefreshToken: (grantId) => tokens.build(grantId, 0),
    findId: async (refreshToken) => (await tokens.read(refreshToken))?.grantId,
    async rotate(refreshToken, clientId, check) {
      const { grantId, generation, ...loaded } = await loadByToken(refreshToken)
      const { grant } = loaded
      if (grant.clientId !== clientId) throw new OAuthServerRefusal('another-clients-token')
      check(grant)
      const use = await recordUse(grantId, generation, loaded, rotation)
      if (use === 'reused') {
        await revoke(grantId)
        throw new OAuthServerRefusal('reused-refresh-token')
      }
      await records.touch(grantId, grant)
      const successor = await tokens.build(grantId, generation + 1)
      return { grantId, grant, successor, isFirst: use === 'first' }
    },
  }
}
