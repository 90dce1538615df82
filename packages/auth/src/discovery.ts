import { fetchJson } from './outbound.ts'
import { readSecureUrl } from './resource-url.ts'

/** The metadata of an authorization server (RFC 8414 §2, OpenID Connect Discovery §3). */
export interface AuthorizationServerMetadata {
  /** The issuer. It must be exactly the one that was requested. */
  issuer: string
  /** The URL of its keys. */
  jwks_uri?: string | undefined
  [member: string]: unknown
}

/** Options for fetching the metadata of an authorization server. */
export interface DocumentFetching {
  /** Milliseconds for which a document is cached. @defaultValue 3600000, an hour */
  documentMaxAgeMs?: number | undefined
  /** Milliseconds to wait after a failed fetch. @defaultValue 5000 */
  retryAfterMs?: number | undefined
  /** Milliseconds that one fetch may take. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
}

/**
 * Creates a function that fetches the metadata of an authorization server when it is first called, caches it, and shares
 * one fetch between parallel calls. It requests the locations of RFC 8414 §3.1 and OpenID Connect Discovery §4.
 *
 * @param isExpected - Whether the issuer in a document is the right one. @defaultValue whether it equals `issuer`
 * @returns A function that rejects if no document names the issuer.
 * @throws TypeError if the issuer is neither an https URL nor an http URL on loopback.
 */
export function createDiscovery(
  issuer: string,
  { documentMaxAgeMs = 3_600_000, retryAfterMs = 5000, timeoutMs = 5000, fetch }: DocumentFetching = {},
  isExpected: (issuer: unknown) => boolean = (named) => named === issuer,
): () => Promise<AuthorizationServerMetadata> {
  const locations = listLocations(readSecureUrl('issuer', issuer))
  let found: Promise<AuthorizationServerMetadata> | undefined
  let until = 0

  async function fetchMetadata(): Promise<AuthorizationServerMetadata> {
    const failures: unknown[] = []
    for (const location of locations) {
      try {
        const document = await fetchJson(location, { fetch, timeoutMs })
        if (isExpected(document.issuer)) return document as AuthorizationServerMetadata
        failures.push(new Error(`The metadata at ${location} names another issuer`))
      } catch (error) {
        failures.push(error)
      }
    }
    throw new AggregateError(failures, `No metadata of ${issuer} was found: see errors for each location`)
  }

  return () => {
    if (found && Date.now() < until) return found
    // workerd drops a fetch when the request that started it ends, and its promise never settles. The time limit lets a
    // later call start a new fetch.
    until = Date.now() + timeoutMs * locations.length
    const fetching = fetchMetadata()
    found = fetching
    fetching.then(
      () => {
        until = Date.now() + documentMaxAgeMs
      },
      () => {
        until = Date.now() + retryAfterMs
      },
    )
    return fetching
  }
}

function listLocations({ origin, pathname }: URL): string[] {
  const path = pathname.replace(/\/$/, '')
  const inserted = ['oauth-authorization-server', 'openid-configuration'].map(
    (name) => `${origin}/.well-known/${name}${path}`,
  )
  return path ? [...inserted, `${origin}${path}/.well-known/openid-configuration`] : inserted
}
