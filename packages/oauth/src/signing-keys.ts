import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from 'jose'
import { createKeyRing, type ServerSecrets } from './key-ring.ts'

/** The keys that sign access tokens. */
export interface SigningKeys {
  /** Signs a JWT access token (RFC 9068 §2.1). */
  sign(claims: Record<string, unknown>): Promise<string>
  /** Returns the public keys (RFC 7517 §5). */
  jwks(): Promise<{ keys: JWK[] }>
}

interface SigningKey {
  kid: string
  alg: string
  key: CryptoKey
  publicJwk: JWK
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * Creates the signing keys of a server.
 *
 * @param secrets - The secrets that Ed25519 keys are derived from, unless there are configured keys.
 * @param configured - Private keys. The first one signs.
 */
export function createSigningKeys(secrets: ServerSecrets, configured: readonly JWK[] = []): SigningKeys {
  const ring = createKeyRing(secrets, 'signing')
  let keys: readonly SigningKey[] | undefined
  // The keys are cached, not their promise; see createKeyRing.
  const all = async (): Promise<readonly SigningKey[]> => {
    keys ??=
      configured.length > 0
        ? await Promise.all(configured.map(importKey))
        : await Promise.all((await ring.all()).map(({ bytes }) => deriveSigningKey(bytes)))
    return keys
  }
  return {
    async sign(claims) {
      const [{ kid, alg, key }] = (await all()) as [SigningKey]
      return new SignJWT(claims).setProtectedHeader({ alg, kid, typ: 'at+jwt' }).sign(key)
    },
    jwks: async () => ({ keys: (await all()).map(({ publicJwk }) => publicJwk) }),
  }
}

async function importKey(jwk: JWK): Promise<SigningKey> {
  const alg = jwk.alg as string
  const kid = jwk.kid ?? (await calculateJwkThumbprint(jwk))
  const members = Object.entries(jwk).filter(([name]) => !PRIVATE_MEMBERS.includes(name))
  const publicJwk = { ...Object.fromEntries(members), kid, alg, use: 'sig', key_ops: undefined }
  return { kid, alg, key: (await importJWK(jwk, alg)) as CryptoKey, publicJwk }
}

// The ASN.1 structure in front of the seed of an Ed25519 key (RFC 8410 §7).
const PKCS8_PREFIX = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]

async function deriveSigningKey(seed: Uint8Array): Promise<SigningKey> {
  const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...seed])
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, true, ['sign'])
  const { kty, crv, x } = await crypto.subtle.exportKey('jwk', key)
  const publicJwk = { kty, crv, x, alg: 'EdDSA', use: 'sig' } as JWK
  const kid = await calculateJwkThumbprint(publicJwk)
  return { kid, alg: 'EdDSA', key, publicJwk: { ...publicJwk, kid } }
}
