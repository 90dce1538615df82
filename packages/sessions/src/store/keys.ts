import { sha256Bytes, toHex } from '@portico-mcp/core/internal'

const MIN_LENGTH = 32

/** A secret of 32 bytes, and its name. */
export interface NamedSecret {
  kid: string
  secret: Uint8Array
}

/** Secrets, the first of which is used for what is new. */
export interface KeyRing {
  first(): Promise<NamedSecret>
  /** @throws where there is none of this name. */
  getSecret(kid: string | undefined): Promise<Uint8Array>
}

/** @throws TypeError for no key or a short one. */
export function readKeys(name: string, keys: readonly (string | Uint8Array)[]): KeyRing {
  if (!Array.isArray(keys) || keys.length === 0)
    throw new TypeError(`${name}: keys must be a list of one secret or more`)
  if (keys.some((key) => !(key?.length >= MIN_LENGTH))) {
    throw new TypeError(`${name}: keys must each have ${MIN_LENGTH} characters or bytes, or more`)
  }
  let named: NamedSecret[] | undefined
  // not the promise: another request might wait for it in vain, where a runtime keeps requests apart
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
      if (!found) throw new Error('No key of this name')
      return found.secret
    },
  }
}

// the name is a digest of the digest: it says nothing of the secret
async function derive(key: string | Uint8Array): Promise<NamedSecret> {
  const secret = await sha256Bytes(key)
  const name = await sha256Bytes(secret)
  return { kid: toHex(name.subarray(0, 8)), secret }
}
