import { fetchJson } from './outbound.ts'
import { secureUrl } from './resource-url.ts'

/** An authorization server's document (RFC 8414 §2, OpenID Connect Discovery §3). */
export interface AuthorizationServerMetadata {
  /** Exactly the issuer that was asked for. */
  issuer: string
  /** Where its keys are. */
  jwks_uri?: string | undefined
  [member: string]: unknown
}

/** How a document is fetched. */
export interface DocumentFetching {
  /** Milliseconds for which a document is kept. @defaultValue 3600000 */
  documentMaxAgeMs?: number | undefined
  /** Milliseconds after a fetch that failed, before the next. @defaultValue 5000 */
  retryAfterMs?: number | undefined
  /** Milliseconds for one fetch. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Used instead of the global one. */
  fetch?: typeof globalThis.fetch | undefined
}

/**
 * Fetches an authorization server's document when it is first needed, keeps it, and shares a fetch
 * between parallel callers. It is looked for where RFC 8414 §3.1 and OpenID Connect Discovery §4 put it.
 *
 * @param isExpected - Whether a document's issuer is the right one. @defaultValue whether it is the same
 * @returns A function that rejects where no document names the issuer.
 * @throws TypeError for an issuer that is no https URL, nor an http one on loopback.
 */
export function discoverer(
  issuer: string,
  { documentMaxAgeMs = 3_600_000, retryAfterMs = 5000, timeoutMs = 5000, fetch }: DocumentFetching = {},
  isExpected: (issuer: unknown) => boolean = (named) => named === issuer,
): () => Promise<AuthorizationServerMetadata> {
  const locations = locationsOf(secureUrl('issuer', issuer))
  let found: Promise<AuthorizationServerMetadata> | undefined
  let until = 0

  async function look(): Promise<AuthorizationServerMetadata> {
    const failures: unknown[] = []
    for (const location of locations) {
      try {
        const document = await fetchJson(location, { fetch, timeoutMs })
        if (isExpected(document.issuer)) return document as AuthorizationServerMetadata
        failures.push(new Error(`${location} is the document of another issuer`))
      } catch (error) {
        failures.push(error)
      }
    }
    throw new AggregateError(failures, `No metadata of ${issuer} was found`)
  }

  return () => {
    if (found && Date.now() < until) return found
    // where a runtime drops a fetch with the request that began it, no answer ever comes
    until = Date.now() + timeoutMs * locations.length
    const looking = look()
    found = looking
    looking.then(
      () => {
        until = Date.now() + documentMaxAgeMs
      },
      () => {
        until = Date.now() + retryAfterMs
      },
    )
    return looking
  }
}

function locationsOf({ origin, pathname }: URL): string[] {
  const path = pathname.replace(/\/$/, '')
  const inserted = ['oauth-authorization-server', 'openid-configuration'].map(
    (name) => `${origin}/.well-known/${name}${path}`,
  )
  return path ? [...inserted, `${origin}${path}/.well-known/openid-configuration`] : inserted
}
