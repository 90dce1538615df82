import { toAuthInfo } from '@portico-mcp/core/internal'
import { type ClaimMapping, mapClaims } from './claim-mapping.ts'
import { invalidToken } from './errors.ts'
import { isSameResource, parseResource } from './resource-url.ts'
import type { AuthInfo, Claims, TokenExpectation } from './verifier.ts'

/** The audience that a token must have: one of these names in `aud`, or false if `aud` is not checked. */
export type Audience = string | readonly string[] | false

/**
 * Builds the {@link AuthInfo} of verified claims.
 *
 * @param audience - If it is given, it is checked instead of the expected resource.
 * @param mapping - Claims that are not read by default.
 * @throws OAuthError `invalid_token` if `aud` contains no name of `audience`.
 */
export function readAuthInfoFromClaims(
  token: string,
  claims: Claims,
  { expectedResource }: TokenExpectation = {},
  audience?: Audience,
  mapping: ClaimMapping = {},
): AuthInfo {
  const { aud } = claims
  const named = [aud].flat().filter((value) => typeof value === 'string')
  if (audience && ![audience].flat().some((name) => named.includes(name)))
    throw invalidToken('wrong-audience')
  const isExpected = audience !== undefined || named.some((name) => isSameResource(name, expectedResource))
  const resource = isExpected ? expectedResource : findUrl(named)
  return {
    ...toAuthInfo(token, claims),
    ...mapClaims(claims, mapping),
    ...(resource && { resource }),
  }
}

function findUrl(names: string[]): URL | undefined {
  return names.map(parseResource).find((url) => url !== null) ?? undefined
}
