import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from 'jose'
import { keyRing, type ServerSecrets } from './key-ring.ts'

/** The keys that access tokens are signed with. */
export interface SigningKeys {
  /** Signs a JWT access token (RFC 9068 §2.1). */
  sign(claims: Record<string, unknown>): Promise<string>
  /** The public halves (RFC 7517 §5). */
  jwks(): Promise<{ keys: JWK[] }>
}

interface SigningKey {
  kid: string
  alg: string
  key: CryptoKey
  publicJwk: JWK
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const ALGORITHMS = /^(RS|PS|ES)(256|384|512)$|^EdDSA$|^Ed25519$/

/** @throws TypeError for a key that is no private one with an asymmetric algorithm. */
export function signingKeys(secrets: ServerSecrets, configured: readonly JWK[] = []): SigningKeys {
  for (const { alg, d } of configured) {
    if (!ALGORITHMS.test(alg ?? '') || !d) {
      throw new TypeError('oauthServer: signingKeys must be private keys whose alg is asymmetric')
    }
  }
  const ring = keyRing(secrets, 'signing')
  let keys: readonly SigningKey[] | undefined
  // not the promise: another request might wait for it in vain, where a runtime keeps requests apart
  const all = async (): Promise<readonly SigningKey[]> => {
    keys ??=
      configured.length > 0
        ? await Promise.all(configured.map(fromJwk))
        : await Promise.all((await ring.all()).map(({ bytes }) => fromSeed(bytes)))
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

async function fromJwk(jwk: JWK): Promise<SigningKey> {
  const alg = jwk.alg as string
  const kid = jwk.kid ?? (await calculateJwkThumbprint(jwk))
  const members = Object.entries(jwk).filter(([name]) => !PRIVATE_MEMBERS.includes(name))
  const publicJwk = { ...Object.fromEntries(members), kid, alg, use: 'sig', key_ops: undefined }
  return { kid, alg, key: (await importJWK(jwk, alg)) as CryptoKey, publicJwk }
}

// RFC 8410 §7: what stands before the seed of an Ed25519 key
const PKCS8_PREFIX = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]

async function fromSeed(seed: Uint8Array): Promise<SigningKey> {
  const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...seed])
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, true, ['sign'])
  const { kty, crv, x } = await crypto.subtle.exportKey('jwk', key)
  const publicJwk = { kty, crv, x, alg: 'EdDSA', use: 'sig' } as JWK
  const kid = await calculateJwkThumbprint(publicJwk)
  return { kid, alg: 'EdDSA', key, publicJwk: { ...publicJwk, kid } }
}
