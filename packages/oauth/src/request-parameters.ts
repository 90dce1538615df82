import { OAuthServerRefusal, shortenText } from './refusal.ts'

/**
 * Checks that no parameter is repeated, except for `resource` (RFC 6749 §3.1, RFC 8707 §2).
 *
 * @throws OAuthServerRefusal `repeated-parameter`
 */
export function checkRepeated(parameters: URLSearchParams): void {
  for (const name of new Set(parameters.keys())) {
    if (name !== 'resource' && parameters.getAll(name).length > 1)
      throw new OAuthServerRefusal('repeated-parameter', { parameter: shortenText(name) })
  }
}

/**
 * Reads a parameter that must be present.
 *
 * @throws OAuthServerRefusal `missing-parameter` if it is absent or empty.
 */
export function readParameter(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name)
  if (!value) throw new OAuthServerRefusal('missing-parameter', { parameter: name })
  return value
}

/** Splits a list of scopes (RFC 6749 §3.3). */
export const parseScopes = (list: string | null): string[] => (list ?? '').split(' ').filter(Boolean)
