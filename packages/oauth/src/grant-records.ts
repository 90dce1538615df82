import type { SessionData } from '@portico-mcp/sessions'
import { type Cipher, createCipher } from './cipher.ts'
import type { ClientView } from './options.ts'
import { toRecordOwner } from './record-owner.ts'
import type { Settings } from './settings.ts'
import type { UpstreamTokens } from './upstream.ts'
import type { User } from './user.ts'

/** What a user has allowed a client to do. */
export interface Grant {
  clientId: string
  /** The client as it was when the user allowed it. */
  client: ClientView
  scopes: string[]
  resource: string
  user: User
  /** Whether the client has a refresh token. */
  refreshes: boolean
  upstream?: UpstreamTokens
}

/** A grant, and the data of its record, which `rotateRefreshToken` uses too. */
export interface LoadedGrant {
  grant: Grant
  data: SessionData
}

/** The records of grants in the store. Grants are encrypted. */
export interface GrantRecords {
  /** Stores a grant under an id. */
  create(grantId: string, grant: Grant): Promise<void>
  load(grantId: string): Promise<LoadedGrant | undefined>
  exists(grantId: string): Promise<boolean>
  /** Replaces a grant. Returns `false` if the record is gone. */
  replace(grantId: string, grant: Grant): Promise<boolean>
  /** Changes members of the record. Returns `false` if the record is gone. */
  update(grantId: string, changes: SessionData): Promise<boolean>
  /** Extends the lifetime of a grant, because it is in use. */
  touch(grantId: string, grant: Grant): Promise<void>
  delete(grantId: string): Promise<void>
}

/** Creates the records of grants in the store of a server. */
export function createGrantRecords(settings: Settings): GrantRecords {
  const { encryptionSecrets, refreshTokenTTL, tokenTTL } = settings
  const store = settings.stores.grants
  const cipher: Cipher<Grant> = createCipher(encryptionSecrets, 'grant')
  const buildId = (grantId: string): string => `oauth-grant-${grantId}`
  const computeTtlMs = ({ refreshes }: Grant): number => (refreshes ? refreshTokenTTL : tokenTTL) * 1000
  return {
    async create(grantId, grant) {
      const id = buildId(grantId)
      const data = { encrypted: await cipher.encrypt(id, grant) }
      await store.createSession(id, data, computeTtlMs(grant), toRecordOwner(grant.user))
    },
    async load(grantId) {
      const id = buildId(grantId)
      const record = await store.getSession(id)
      const grant = record && (await cipher.decrypt(id, record.data?.encrypted))
      return grant ? { grant, data: record.data ?? {} } : undefined
    },
    exists: (grantId) => store.sessionExists(buildId(grantId)),
    async replace(grantId, grant) {
      const id = buildId(grantId)
      return store.updateSession(id, { encrypted: await cipher.encrypt(id, grant) })
    },
    update: (grantId, changes) => store.updateSession(buildId(grantId), changes),
    async touch(grantId, grant) {
      await store.touchSession(buildId(grantId), computeTtlMs(grant))
    },
    async delete(grantId) {
      await store.deleteSession(buildId(grantId))
    },
  }
}
