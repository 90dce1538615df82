import type { JWTVerifyGetKey } from 'jose'
import type { AuthorizationServerMetadata } from './discovery.ts'
import { unavailable } from './errors.ts'
import { createRemoteKeys, type KeyFetching, type RemoteKeys } from './remote-keys.ts'
import { readSecureUrl } from './resource-url.ts'

/** The keys of an authorization server whose metadata is discovered. */
export interface DiscoveredKeys {
  /** Finds the key of a token. */
  find: JWTVerifyGetKey
  /** Fetches the metadata. @throws OAuthError `temporarily_unavailable` */
  fetchMetadata(): Promise<AuthorizationServerMetadata>
  /** Fetches the key set. @throws OAuthError `temporarily_unavailable` */
  fetchKeys(): Promise<RemoteKeys>
}

/**
 * Creates the keys of an authorization server. If its metadata names another URL of the key set later, that one is used.
 *
 * @param discover - Fetches the metadata.
 */
export function createDiscoveredKeys(
  discover: () => Promise<AuthorizationServerMetadata>,
  options: KeyFetching,
): DiscoveredKeys {
  let current: { url: string; keys: RemoteKeys } | undefined

  function findKeys({ jwks_uri }: AuthorizationServerMetadata): RemoteKeys {
    const url = readSecureUrl('jwks_uri', String(jwks_uri))
    if (current?.url !== url.href) current = { url: url.href, keys: createRemoteKeys(url, options) }
    return current.keys
  }

  const fetchKeys = (): Promise<RemoteKeys> => orUnavailable(async () => findKeys(await discover()))
  return {
    fetchKeys,
    fetchMetadata: () => orUnavailable(discover),
    find: async (header, token) => (await fetchKeys())(header, token),
  }
}

async function orUnavailable<T>(fetch: () => Promise<T>): Promise<T> {
  try {
    return await fetch()
  } catch (error) {
    throw unavailable(error)
  }
}
