import { EncryptJWT, jwtDecrypt } from 'jose'
import { type KeyRing, keyRing, type ServerSecrets } from './key-ring.ts'

/** Encrypts values (JWE, `dir` with A256GCM, RFC 7516), each bound to a name, and opens what it encrypted. */
export interface Seal<Value> {
  /** @param ttl - Seconds; left out where something else ends it. */
  seal(name: string, value: Value, ttl?: number): Promise<string>
  /** @returns undefined for what is forged, over, or of another name. */
  open(name: string, sealed: unknown): Promise<Value | undefined>
}

const MAX_LENGTH = 64 * 1024

/** @param purpose - What tells these values from others under the same secrets. */
export function sealFor<Value>(secrets: ServerSecrets, purpose: string): Seal<Value> {
  const ring: KeyRing = keyRing(secrets, `seal ${purpose}`)
  return {
    async seal(name, value, ttl) {
      const [{ kid, bytes }] = await ring.all()
      const token = new EncryptJWT({ value })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .setJti(name)
      if (ttl !== undefined) token.setExpirationTime(new Date(Date.now() + ttl * 1000))
      return token.encrypt(bytes)
    },
    async open(name, sealed) {
      if (typeof sealed !== 'string' || sealed.length > MAX_LENGTH) return undefined
      try {
        const { payload } = await jwtDecrypt(sealed, async ({ kid }) => (await ring.find(kid)).bytes, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          currentDate: new Date(),
        })
        return payload.jti === name ? (payload.value as Value) : undefined
      } catch {
        return undefined
      }
    },
  }
}
