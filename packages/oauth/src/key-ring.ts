import { base64url } from 'jose'
import { encodeText } from './digest.ts'

/** A secret of at least 32 characters or bytes. */
export type Secret = string | Uint8Array

/** One secret, or several. The first one signs and encrypts, all of them verify and decrypt. */
export type Secrets = Secret | readonly Secret[]

/** The secrets of one issuer. Other issuers derive other keys from the same secrets. */
export interface ServerSecrets {
  issuer: string
  secrets: readonly Secret[]
}

/** A derived key of 32 bytes for one purpose. */
export interface Key {
  kid: string
  bytes: Uint8Array<ArrayBuffer>
}

/** The keys for one purpose. */
export interface KeyRing {
  /** Lists the keys, the newest first. */
  all(): Promise<readonly [Key, ...Key[]]>
  /** @throws Error if there is no key with this id. */
  find(kid: string | undefined): Promise<Key>
}

/**
 * Creates a ring of keys that are derived from secrets (HKDF, RFC 5869). Keys for one purpose reveal nothing about keys for
 * another.
 *
 * @param purpose - A name for what the keys are used for.
 */
export function createKeyRing({ issuer, secrets }: ServerSecrets, purpose: string): KeyRing {
  let keys: readonly Key[] | undefined
  // The keys are cached, not their promise: workerd cancels a promise with the request that created it, and other requests
  // would wait for it forever.
  const all = async (): Promise<readonly [Key, ...Key[]]> => {
    keys ??= await Promise.all(secrets.map((secret) => deriveKey(secret, `${issuer} ${purpose}`)))
    return keys as readonly [Key, ...Key[]]
  }
  return {
    all,
    async find(kid) {
      const found = (await all()).find((key) => key.kid === kid)
      if (!found) throw new Error('There is no key with this id')
      return found
    },
  }
}

async function deriveKey(secret: Secret, purpose: string): Promise<Key> {
  const raw = typeof secret === 'string' ? encodeText(secret) : new Uint8Array(secret)
  const material = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveBits'])
  const deriveBits = async (info: string, length: number): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(
      await crypto.subtle.deriveBits(
        {
          name: 'HKDF',
          hash: 'SHA-256',
          salt: new Uint8Array(),
          info: encodeText(`portico-oauth ${info}`),
        },
        material,
        length,
      ),
    )
  return {
    kid: base64url.encode(await deriveBits(`${purpose} kid`, 64)),
    bytes: await deriveBits(purpose, 256),
  }
}
