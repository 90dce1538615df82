import { invalidToken } from './errors.ts'
import { isSameResource, parseResource } from './resource-url.ts'
import { type AuthInfo, type Claims, scopesOf, type TokenExpectation } from './verifier.ts'

/** Whom a token must be for: names in its `aud`, or false where that is not checked. */
export type Audience = string | readonly string[] | false

/**
 * What verified claims say, as {@link AuthInfo}.
 *
 * @param audience - Where it is given, it stands for the resource that the gate expects.
 * @throws OAuthError `invalid_token` where `aud` names none of the audience.
 */
export function authInfoOf(
  token: string,
  claims: Claims,
  { expectedResource }: TokenExpectation = {},
  audience?: Audience,
): AuthInfo {
  const { aud, exp, client_id, azp, sub } = claims
  const named = [aud].flat().filter((value) => typeof value === 'string')
  if (audience && ![audience].flat().some((name) => named.includes(name)))
    throw invalidToken('wrong-audience')
  const isExpected = audience !== undefined || named.some((name) => isSameResource(name, expectedResource))
  const resource = isExpected ? expectedResource : firstUrl(named)
  return {
    token,
    clientId: String(client_id ?? azp ?? sub ?? ''),
    scopes: scopesOf(claims),
    ...(typeof exp === 'number' && { expiresAt: exp }),
    ...(resource && { resource }),
    extra: { claims },
  }
}

function firstUrl(names: string[]): URL | undefined {
  return names.map(parseResource).find((url) => url !== null) ?? undefined
}
