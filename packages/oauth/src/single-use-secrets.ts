import { type Cipher, createCipher } from './cipher.ts'
import { digestText, generateSecret } from './digest.ts'
import type { ServerSecrets } from './key-ring.ts'
import type { OAuthStore } from './oauth-store.ts'

/**
 * Values that a secret gives access to, once. Authorization codes and the `state` of a sign-in are such secrets. The store
 * contains the digest of the secret, and the value encrypted.
 */
export interface SingleUseSecrets<Value> {
  /**
   * Stores a value.
   *
   * @param owner - The owner of the record, see `toRecordOwner`.
   * @returns The secret.
   */
  issue(value: Value, owner: string): Promise<string>
  /** Reads a value, whether the secret has been used or not. Returns undefined for an unknown secret. */
  read(secret: string): Promise<Value | undefined>
  /** Uses a secret. The step is atomic across all nodes. @returns `false` if the secret was used before. */
  use(secret: string, owner: string): Promise<boolean>
  /** Records that a used secret was presented again. */
  markReplayed(secret: string): Promise<void>
  /** Whether {@link markReplayed} was called. */
  isReplayed(secret: string): Promise<boolean>
}

/**
 * Creates a set of single-use secrets.
 *
 * @param kind - The name of the set in the keys of the store.
 * @param ttlSeconds - Seconds for which a secret can be used.
 */
export function createSingleUseSecrets<Value>(
  store: OAuthStore,
  secrets: ServerSecrets,
  { kind, ttlSeconds }: { kind: string; ttlSeconds: number },
): SingleUseSecrets<Value> {
  const cipher: Cipher<Value> = createCipher(secrets, kind)
  const buildId = (secret: string): string => `oauth-${kind}-${digestText(secret)}`
  const buildUsedId = (secret: string): string => `oauth-taken-${kind}-${digestText(secret)}`
  return {
    async issue(value, owner) {
      const secret = generateSecret()
      const id = buildId(secret)
      const encrypted = await cipher.encrypt(id, value, ttlSeconds)
      await store.createSession(id, { encrypted }, ttlSeconds * 1000, owner)
      return secret
    },
    async read(secret) {
      const id = buildId(secret)
      const record = await store.getSession(id)
      return record ? cipher.decrypt(id, record.data?.encrypted) : undefined
    },
    // Creating a record is the atomic step of a store. The record outlives the secret, so that it cannot be used again.
    use: async (secret, owner) => store.createSession(buildUsedId(secret), {}, ttlSeconds * 2000, owner),
    async markReplayed(secret) {
      await store.updateSession(buildUsedId(secret), { replayed: true })
    },
    async isReplayed(secret) {
      const record = await store.getSession(buildUsedId(secret))
      return record?.data?.replayed === true
    },
  }
}
