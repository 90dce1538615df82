import { digestOf, randomSecret } from './digest.ts'
import type { ServerSecrets } from './key-ring.ts'
import type { OAuthStore } from './oauth-store.ts'
import { type Seal, sealFor } from './seal.ts'

/** Values behind secrets that can be taken once; the store holds neither the secret nor the value in clear. */
export interface Tickets<Value> {
  /**
   * Keeps a value.
   *
   * @param holder - Who it counts for.
   * @returns the secret that leads to it.
   */
  issue(value: Value, holder: string): Promise<string>
  /** The value, taken or not; undefined where there is none. */
  read(secret: string): Promise<Value | undefined>
  /** Takes it, in one step on all nodes. @returns `false` where it was taken before. */
  take(secret: string, holder: string): Promise<boolean>
  /** Remembers that somebody tried to take what was taken. */
  markReplayed(secret: string): Promise<void>
  /** Whether {@link markReplayed} was called. */
  wasReplayed(secret: string): Promise<boolean>
}

/** @param ttl - Seconds for which a value can be taken. */
export function tickets<Value>(
  store: OAuthStore,
  secrets: ServerSecrets,
  { kind, ttl }: { kind: string; ttl: number },
): Tickets<Value> {
  const seal: Seal<Value> = sealFor(secrets, kind)
  const idOf = (secret: string): string => `oauth-${kind}-${digestOf(secret)}`
  const takenOf = (secret: string): string => `oauth-taken-${kind}-${digestOf(secret)}`
  return {
    async issue(value, holder) {
      const secret = randomSecret()
      const id = idOf(secret)
      await store.createSession(id, { sealed: await seal.seal(id, value, ttl) }, ttl * 1000, holder)
      return secret
    },
    async read(secret) {
      const id = idOf(secret)
      const record = await store.getSession(id)
      return record ? seal.open(id, record.data?.sealed) : undefined
    },
    // adding is what a store does in one step; it outlives the ticket, so that nothing is taken again
    take: async (secret, holder) => store.createSession(takenOf(secret), {}, ttl * 2000, holder),
    async markReplayed(secret) {
      await store.updateSession(takenOf(secret), { replayed: true })
    },
    async wasReplayed(secret) {
      const record = await store.getSession(takenOf(secret))
      return record?.data?.replayed === true
    },
  }
}
