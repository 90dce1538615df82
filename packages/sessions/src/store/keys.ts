import { sha256Bytes, toHex } from '@portico-mcp/core/internal'

const MIN_LENGTH = 32

/** A secret of 32 bytes and its key id (`kid`, RFC 7515 section 4.1.4). */
export interface NamedSecret {
  kid: string
  secret: Uint8Array
}

/** Secrets for key rotation. The first one is used for new tokens. */
export interface KeyRing {
  first(): Promise<NamedSecret>
  /** @throws Error if no secret has this key id. */
  getSecret(kid: string | undefined): Promise<Uint8Array>
}

/**
 * Reads the `keys` option of `name`.
 *
 * @throws TypeError if there is no key, or one is too short. The message contains no key.
 */
export function readKeys(name: string, keys: readonly (string | Uint8Array)[]): KeyRing {
  if (!Array.isArray(keys) || keys.length === 0)
    throw new TypeError(`${name}: keys must be a list with at least one secret`)
  if (keys.some((key) => !(key?.length >= MIN_LENGTH))) {
    throw new TypeError(`${name}: each of keys must have at least ${MIN_LENGTH} characters or bytes`)
  }
  let named: NamedSecret[] | undefined
  // The result is cached, not the promise: on Cloudflare Workers, a promise of one request never settles in another.
  const all = async (): Promise<NamedSecret[]> => {
    named ??= await Promise.all(keys.map(derive))
    return named
  }
  return {
    async first() {
      const [first] = await all()
      return first as NamedSecret
    },
    async getSecret(kid) {
      const found = (await all()).find((key) => key.kid === kid)
      if (!found) throw new Error('No key has this kid')
      return found.secret
    },
  }
}

// The key id is a digest of the secret, which is a digest itself, so it reveals nothing about the key.
async function derive(key: string | Uint8Array): Promise<NamedSecret> {
  const secret = await sha256Bytes(key)
  const name = await sha256Bytes(secret)
  return { kid: toHex(name.subarray(0, 8)), secret }
}
