import { invalidToken } from './errors.ts'

/**
 * The bearer token of an `Authorization` header (RFC 6750 §2.1); the scheme is case-insensitive. Tokens
 * in the query or the body are never read.
 *
 * @returns undefined where there are no bearer credentials.
 * @throws OAuthError `invalid_token` for a bearer header that holds anything but one token.
 */
export function readBearerToken(header: string | null | undefined): string | undefined {
  const [scheme = '', ...rest] = (header ?? '').trim().split(/[ \t]+/)
  if (scheme.toLowerCase() !== 'bearer') return undefined
  const [token = ''] = rest
  // two headers arrive joined by a comma
  if (rest.length !== 1 || !/^[!#-+\--[\]-~]+$/.test(token)) throw invalidToken('malformed')
  return token
}
