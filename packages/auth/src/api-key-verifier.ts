import { isEqual, optionRules, type Rules, sha256, validateOptions } from '@portico-mcp/core/internal'
import { invalidToken } from './errors.ts'
import { buildAuthInfo, type StaticToken } from './static-verifier.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** The identity of an API key. */
export interface ApiKey extends Omit<StaticToken, 'resource'> {
  /** The digest that {@link hashApiKey} returned for the key. The key itself is not stored. */
  sha256: string
}

/** Options of {@link apiKeyVerifier}: a list of keys, or a function that finds a key by its digest. */
export type ApiKeyVerifierOptions =
  | {
      /** The keys that are accepted. Either `keys` or `lookup` is required. */
      keys: readonly ApiKey[]
    }
  | {
      /** Resolves to the identity of the key with this digest, or to `undefined` if there is no such key. */
      lookup: (sha256: string) => Promise<Omit<ApiKey, 'sha256'> | undefined>
    }

/** Computes the digest under which an API key is stored: SHA-256 in lower-case hexadecimal. */
export const hashApiKey = async (key: string): Promise<string> => sha256(key)

interface AllOptions {
  keys?: readonly ApiKey[]
  lookup?: (sha256: string) => Promise<Omit<ApiKey, 'sha256'> | undefined>
}

const RULES: Rules<keyof AllOptions> = {
  keys: optionRules.secret(optionRules.listOf(optionRules.plainObject, 'objects with sha256 and clientId')),
  lookup: optionRules.callback,
}

/**
 * Creates a verifier that accepts API keys as bearer tokens. It stores digests of keys, and compares them in constant
 * time. Use random keys of 32 bytes: a digest does not protect a key that can be guessed. A key is valid for this server,
 * and does not expire unless it has an `expiresAt`.
 *
 * @param options - See {@link ApiKeyVerifierOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, if `keys` and `lookup` are both given or both missing, or
 *   if a `sha256` is not a digest, such as a key that was not hashed.
 */
export function apiKeyVerifier(options: ApiKeyVerifierOptions): OAuthTokenVerifier {
  validateOptions<AllOptions>('apiKeyVerifier', options, RULES)
  const { keys, lookup }: AllOptions = options
  if (!keys === !lookup) {
    const got = keys ? 'both' : 'neither'
    throw new TypeError(`apiKeyVerifier: either keys or lookup must be given (got ${got})`)
  }
  if (keys?.some(({ sha256 }) => !/^[0-9a-f]{64}$/.test(sha256))) {
    throw new TypeError('apiKeyVerifier: each of keys must have a sha256 that hashApiKey returned')
  }
  const find = lookup ?? (async (digest: string) => keys?.filter(({ sha256 }) => isEqual(sha256, digest))[0])
  return {
    name: 'apiKeyVerifier',
    async verifyAccessToken(token, { expectedResource } = {}) {
      const known = await find(sha256(token))
      if (!known) throw invalidToken('unknown-token')
      const { clientId, scopes, expiresAt = Number.POSITIVE_INFINITY, claims } = known
      return buildAuthInfo(token, { clientId, scopes, expiresAt, resource: expectedResource }, claims)
    },
  }
}
