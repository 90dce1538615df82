import { authInfoOfClaims } from '@portico-mcp/core/internal'
import { type ClaimMapping, mapClaims } from './claim-mapping.ts'
import { invalidToken } from './errors.ts'
import { isSameResource, parseResource } from './resource-url.ts'
import type { AuthInfo, Claims, TokenExpectation } from './verifier.ts'

/** Whom a token must be for: names in its `aud`, or false where that is not checked. */
export type Audience = string | readonly string[] | false

/**
 * What verified claims say, as {@link AuthInfo}.
 *
 * @param audience - Where it is given, it stands for the resource that the gate expects.
 * @param mapping - Which claims are read otherwise than by default.
 * @throws OAuthError `invalid_token` where `aud` names none of the audience.
 */
export function authInfoOf(
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
  const resource = isExpected ? expectedResource : firstUrl(named)
  return {
    ...authInfoOfClaims(token, claims),
    ...mapClaims(claims, mapping),
    ...(resource && { resource }),
  }
}

function firstUrl(names: string[]): URL | undefined {
  return names.map(parseResource).find((url) => url !== null) ?? undefined
}
