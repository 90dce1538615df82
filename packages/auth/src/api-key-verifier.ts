import { isEqual, optionRules, type Rules, sha256, validateOptions } from '@portico-mcp/core/internal'
import { invalidToken } from './errors.ts'
import { identityOf, type StaticToken } from './static-verifier.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Whom an API key stands for. */
export interface ApiKey extends Omit<StaticToken, 'resource'> {
  /** The key's digest, of {@link hashApiKey}; the key itself is stored nowhere. */
  sha256: string
}

/** Options of {@link apiKeyVerifier}: a fixed list, or a look-up by digest. */
export type ApiKeyVerifierOptions =
  | { keys: readonly ApiKey[] }
  | { lookup: (sha256: string) => Promise<Omit<ApiKey, 'sha256'> | undefined> }

/** The digest under which an API key is stored: SHA-256 in lower-case hexadecimal. */
export const hashApiKey = async (key: string): Promise<string> => sha256(key)

type AllOptions = { [Name in 'keys' | 'lookup']?: unknown }

const RULES: Rules<keyof AllOptions> = {
  keys: optionRules.secret(optionRules.listOf(optionRules.plainObject, 'objects with sha256 and clientId')),
  lookup: optionRules.callback,
}

/**
 * Accepts API keys as bearer tokens. Keys are known by their digest, and digests are compared in
 * constant time. A key is random and long (32 bytes): a digest protects nothing that can be guessed. It
 * belongs to this server, so its audience is; it never expires unless it says when.
 *
 * @param options - See {@link ApiKeyVerifierOptions}.
 * @throws TypeError for a digest that is none, such as a key that was not hashed.
 */
export function apiKeyVerifier(options: ApiKeyVerifierOptions): OAuthTokenVerifier {
  validateOptions<AllOptions>('apiKeyVerifier', options, RULES)
  if (!('keys' in options || 'lookup' in options)) {
    throw new TypeError('apiKeyVerifier: either keys or lookup must say which keys there are')
  }
  const keys = 'keys' in options ? options.keys : []
  if (!keys.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))) {
    throw new TypeError('apiKeyVerifier: keys must each have a sha256 that hashApiKey returned')
  }
  const find = async (digest: string) =>
    'lookup' in options ? options.lookup(digest) : keys.filter(({ sha256 }) => isEqual(sha256, digest))[0]
  return {
    name: 'apiKeyVerifier',
    async verifyAccessToken(token, { expectedResource } = {}) {
      const known = await find(sha256(token))
      if (!known) throw invalidToken('unknown-token')
      const { clientId, scopes, expiresAt = Number.POSITIVE_INFINITY, claims } = known
      return identityOf(token, { clientId, scopes, expiresAt, resource: expectedResource }, claims)
    },
  }
}
