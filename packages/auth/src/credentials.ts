import { invalidToken } from './errors.ts'

/**
 * Reads the bearer token of an `Authorization` header (RFC 6750 §2.1). The scheme is case-insensitive. Tokens in the query
 * or the body are never read.
 *
 * @returns undefined if the header is absent or has another scheme.
 * @throws OAuthError `invalid_token` (`malformed`) if a bearer header does not contain exactly one token.
 */
export function readBearerToken(header: string | null | undefined): string | undefined {
  const [scheme = '', ...rest] = (header ?? '').trim().split(/[ \t]+/)
  if (scheme.toLowerCase() !== 'bearer') return undefined
  const [token = ''] = rest
  // Two headers arrive joined by a comma, which no token contains.
  if (rest.length !== 1 || !/^[!#-+\--[\]-~]+$/.test(token)) throw invalidToken('malformed')
  return token
}
