import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import { unavailable } from './errors.ts'
import { withFailureCooldown } from './outbound.ts'

/** Options for fetching the keys of an issuer. */
export interface KeyFetching {
  /** Milliseconds for which keys are cached. @defaultValue 600000, ten minutes */
  cacheMaxAgeMs?: number | undefined
  /** Milliseconds between two fetches for an unknown key; after a failed fetch, at most 5000. @defaultValue 30000 */
  cooldownMs?: number | undefined
  /** Milliseconds that one fetch may take. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
}

/** Finds the key of a token. */
export type RemoteKeys = JWTVerifyGetKey & {
  /** Lists the published keys; none before the first fetch. */
  published(): readonly Record<string, unknown>[]
}

/**
 * Creates a key set that is fetched when a key is needed.
 *
 * @returns A function that rejects with the error of `jose` if no key fits the token, and with an OAuthError
 *   `temporarily_unavailable` if the keys cannot be fetched.
 */
export function createRemoteKeys(url: URL, options: KeyFetching): RemoteKeys {
  const { cacheMaxAgeMs, cooldownMs = 30_000, timeoutMs = 5000, fetch } = options
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: cacheMaxAgeMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [customFetch]: withFailureCooldown(fetch, Math.min(cooldownMs, 5000)),
  })
  const find: JWTVerifyGetKey = async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      const isAboutToken =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported
      throw isAboutToken ? error : unavailable(error)
    }
  }
  return Object.assign(find, { published: () => (keys.jwks()?.keys ?? []) as Record<string, unknown>[] })
}
