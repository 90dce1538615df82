import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import { unavailable } from './errors.ts'
import { withFailureCooldown } from './outbound.ts'

/** How keys are fetched. */
export interface KeyFetching {
  /** Milliseconds for which fetched keys are kept. @defaultValue 600000 */
  cacheMaxAgeMs?: number | undefined
  /** Milliseconds between two fetches for a key that is not known; after a fetch that failed, at most 5000. @defaultValue 30000 */
  cooldownMs?: number | undefined
  /** Milliseconds for one fetch. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Used instead of the global one. */
  fetch?: typeof globalThis.fetch | undefined
}

/** Finds keys, and tells what is known of them. */
export type RemoteKeys = JWTVerifyGetKey & {
  /** The keys as they were published, once they have been fetched. */
  published(): readonly Record<string, unknown>[]
}

/** Fetches keys as they are needed; what fails is no token's fault. */
export function remoteKeys(url: URL, options: KeyFetching): RemoteKeys {
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
      const isAnswer =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported
      throw isAnswer ? error : unavailable(error)
    }
  }
  return Object.assign(find, { published: () => (keys.jwks()?.keys ?? []) as Record<string, unknown>[] })
}
