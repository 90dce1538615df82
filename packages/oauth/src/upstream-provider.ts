import { checkOptions, optionRules, type Rule, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { removeUndefined } from './remove-undefined.ts'
import { secureUrl } from './secure-url.ts'
import type { User } from './user.ts'

/** The claims of an ID token, and of the userinfo endpoint. */
export type UpstreamClaims = Record<string, unknown>

/** The identity provider where users sign in. */
export interface UpstreamProvider {
  /** A name for the provider. It is the claim `idp` of access tokens. */
  id: string
  /** The client id of this server at the provider. The redirect URI is the server's `callbackUrl`. */
  clientId: string
  /** The client secret. Leave it out for a public client. */
  clientSecret?: string | undefined
  /** How the secret is sent. @defaultValue `client_secret_basic` with `issuer`, else `client_secret_post` */
  tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post' | undefined
  /** The issuer, whose metadata has the endpoints (OpenID Connect Discovery, RFC 8414). */
  issuer?: string | undefined
  /** The authorization endpoint. It is required without `issuer`. */
  authorizationEndpoint?: string | undefined
  /** The token endpoint. It is required without `issuer`. */
  tokenEndpoint?: string | undefined
  /** The endpoint that returns the claims of the user. It is required without `issuer`, except for some well-known hosts. */
  userInfoEndpoint?: string | undefined
  /**
   * The endpoint where tokens are revoked when a sign-in ends here (RFC 7009). `false` does not revoke them, for a provider
   * that would sign the user out of other clients too. @defaultValue the endpoint in the metadata
   */
  revocationEndpoint?: string | false | undefined
  /** The scopes to request. `openid` requests an ID token. @defaultValue `openid email profile` with `issuer`, else none */
  scopes?: readonly string[] | undefined
  /** Further parameters for the authorization endpoint, such as `prompt`. @defaultValue none */
  authorizationParams?: Readonly<Record<string, string>> | undefined
  /** Returns the user for the claims. @defaultValue `sub`, `id` or `login`; with name, email and picture as claims */
  mapUser?: ((claims: UpstreamClaims) => User | undefined | Promise<User | undefined>) | undefined
}

const stringRecord: Rule = {
  allowed: 'an object of strings',
  isAllowed: (value) =>
    optionRules.plainObject.isAllowed(value) &&
    Object.values(removeUndefined(value as object)).every((item) => typeof item === 'string'),
  error: TypeError,
}

/** The options that presets take too. */
export type PresetOption =
  | 'clientId'
  | 'clientSecret'
  | 'scopes'
  | 'authorizationParams'
  | 'mapUser'
  | 'revocationEndpoint'

/** The rules of the options that presets take too. */
export const PRESET_RULES: Rules<PresetOption> = {
  clientId: optionRules.text,
  clientSecret: optionRules.secret(optionRules.string),
  revocationEndpoint: {
    ...secureUrl,
    allowed: `${secureUrl.allowed}, or false`,
    isAllowed: (value) => value === false || secureUrl.isAllowed(value),
  },
  scopes: optionRules.texts,
  authorizationParams: stringRecord,
  mapUser: optionRules.callback,
}

const RULES: Rules<keyof UpstreamProvider> = {
  ...PRESET_RULES,
  id: optionRules.text,
  tokenEndpointAuthMethod: optionRules.oneOf('client_secret_basic', 'client_secret_post'),
  issuer: secureUrl,
  authorizationEndpoint: secureUrl,
  tokenEndpoint: secureUrl,
  userInfoEndpoint: secureUrl,
}

const CALLER = 'oauthServer: upstreamProvider'

// The userinfo endpoints of providers that are often configured by their other endpoints alone.
const USERINFO_ENDPOINTS = new Map(
  Object.entries({
    'github.com': 'https://api.github.com/user',
    'accounts.google.com': 'https://openidconnect.googleapis.com/v1/userinfo',
    'gitlab.com': 'https://gitlab.com/oauth/userinfo',
    'discord.com': 'https://discord.com/api/users/@me',
  }),
)

/**
 * Validates the option `upstreamProvider` and adds the userinfo endpoint of well-known hosts.
 *
 * @throws TypeError or RangeError that names the member, the value and what is allowed.
 */
export function readProvider(given: UpstreamProvider): UpstreamProvider {
  validateOptions(CALLER, given, RULES)
  const provider = removeUndefined(given)
  const { id, clientId, issuer, authorizationEndpoint, tokenEndpoint } = provider
  checkOptions(CALLER, '', { id, clientId }, { id: RULES.id, clientId: RULES.clientId })
  if (issuer !== undefined) return provider
  if (authorizationEndpoint === undefined || tokenEndpoint === undefined) {
    throw new TypeError(`${CALLER}: either issuer, or authorizationEndpoint and tokenEndpoint must be given`)
  }
  const userInfoEndpoint =
    provider.userInfoEndpoint ?? USERINFO_ENDPOINTS.get(new URL(authorizationEndpoint).hostname)
  if (userInfoEndpoint === undefined) {
    throw new TypeError(`${CALLER}: either userInfoEndpoint or issuer must be given, to identify the user`)
  }
  return { ...provider, userInfoEndpoint }
}

const toText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** Maps the claims that providers use to a user. Returns undefined if the claims do not identify one. */
export function mapUser(claims: UpstreamClaims): User | undefined {
  const sub = toText(claims.sub) ?? toText(claims.id) ?? toText(claims.login)
  if (sub === undefined) return undefined
  const known = removeUndefined({
    name: toText(claims.name) ?? toText(claims.login),
    email: toText(claims.email),
    email_verified: typeof claims.email_verified === 'boolean' ? claims.email_verified : undefined,
    preferred_username: toText(claims.preferred_username) ?? toText(claims.login),
    picture: toText(claims.picture) ?? toText(claims.avatar_url),
  })
  return { sub, claims: known as NonNullable<User['claims']> }
}
