/** The URLs of the endpoints. */
export interface Endpoints {
  authorize: string
  consent: string
  callback: string
  token: string
  register: string
  revoke: string
  jwks: string
  /** The locations of the metadata: between host and path, as RFC 8414 §3.1 defines it, and after the path. */
  metadata: readonly string[]
}

const WELL_KNOWN = '/.well-known/oauth-authorization-server'

/**
 * Builds the URLs of the endpoints.
 *
 * @param base - The issuer without a slash at its end.
 */
export function buildEndpoints(base: string): Endpoints {
  const { origin, pathname } = new URL(base)
  const path = pathname === '/' ? '' : pathname
  return {
    authorize: `${base}/oauth/authorize`,
    consent: `${base}/oauth/consent`,
    callback: `${base}/oauth/callback`,
    token: `${base}/oauth/token`,
    register: `${base}/oauth/register`,
    revoke: `${base}/oauth/revoke`,
    jwks: `${base}/oauth/jwks`,
    metadata: [...new Set([`${origin}${WELL_KNOWN}${path}`, `${base}${WELL_KNOWN}`])],
  }
}
