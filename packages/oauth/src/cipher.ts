import { EncryptJWT, jwtDecrypt } from 'jose'
import { createKeyRing, type ServerSecrets } from './key-ring.ts'

/** Encrypts values (JWE, `dir` with A256GCM, RFC 7516) and decrypts them. Each value is bound to a name. */
export interface Cipher<Value> {
  /**
   * Encrypts a value.
   *
   * @param ttlSeconds - Seconds for which the result can be decrypted. @defaultValue no limit
   */
  encrypt(name: string, value: Value, ttlSeconds?: number): Promise<string>
  /** @returns undefined if the text is forged or expired, or was encrypted under another name. */
  decrypt(name: string, encrypted: unknown): Promise<Value | undefined>
}

const MAX_LENGTH = 64 * 1024

/**
 * Creates a cipher.
 *
 * @param purpose - Distinguishes the values from others that are encrypted with the same secrets.
 */
export function createCipher<Value>(secrets: ServerSecrets, purpose: string): Cipher<Value> {
  const ring = createKeyRing(secrets, `seal ${purpose}`)
  return {
    async encrypt(name, value, ttlSeconds) {
      const [{ kid, bytes }] = await ring.all()
      const token = new EncryptJWT({ value })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .setJti(name)
      if (ttlSeconds !== undefined) token.setExpirationTime(new Date(Date.now() + ttlSeconds * 1000))
      return token.encrypt(bytes)
    },
    async decrypt(name, encrypted) {
      if (typeof encrypted !== 'string' || encrypted.length > MAX_LENGTH) return undefined
      try {
        const { payload } = await jwtDecrypt(encrypted, async ({ kid }) => (await ring.find(kid)).bytes, {
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
