import { isSecureUrl } from './secure-url.ts'
import type { User } from './user.ts'

/** Claims of an ID token and of the userinfo endpoint together. */
export type UpstreamClaims = Record<string, unknown>

/** The identity provider that users sign in at. */
export interface UpstreamProvider {
  /** A name for it; the claim `idp` of access tokens. */
  id: string
  /** This server's client id there; its redirect URI is the server's `callbackUrl`. */
  clientId: string
  /** Left out for a public client. */
  clientSecret?: string | undefined
  /** How the secret is sent. @defaultValue `client_secret_basic` with `issuer`, else `client_secret_post` */
  tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post' | undefined
  /** Its issuer, whose document says where the endpoints are (OpenID Connect Discovery, RFC 8414). */
  issuer?: string | undefined
  /** Where users are sent, where there is no document. */
  authorizationEndpoint?: string | undefined
  /** Where its codes are exchanged. */
  tokenEndpoint?: string | undefined
  /** Where it says who has signed in; needed where there is no ID token. */
  userInfoEndpoint?: string | undefined
  /**
   * Where its tokens are revoked when a sign-in ends here (RFC 7009); `false` leaves them alone, for a provider that
   * would sign the user out of other applications of this client. @defaultValue what its document says
   */
  revocationEndpoint?: string | false | undefined
  /** What is asked for there; `openid` gives an ID token. @defaultValue `openid email profile` with `issuer` */
  scopes?: readonly string[] | undefined
  /** More for its authorization endpoint, such as `prompt`. */
  authorizationParams?: Readonly<Record<string, string>> | undefined
  /** Returns the user, or a promise of it. @defaultValue `sub`, `id` or `login`; with name, email and picture */
  mapUser?: ((claims: UpstreamClaims) => User | undefined | Promise<User | undefined>) | undefined
}

// whoever names the endpoints of a well-known provider need not name this one
const USERINFO_OF = new Map(
  Object.entries({
    'github.com': 'https://api.github.com/user',
    'accounts.google.com': 'https://openidconnect.googleapis.com/v1/userinfo',
    'gitlab.com': 'https://gitlab.com/oauth/userinfo',
    'discord.com': 'https://discord.com/api/users/@me',
  }),
)

const URLS = [
  ...(['issuer', 'authorizationEndpoint', 'tokenEndpoint', 'userInfoEndpoint'] as const),
  'revocationEndpoint',
] as const

/** @throws TypeError for what nobody could sign in at. */
export function readProvider(provider: UpstreamProvider): UpstreamProvider {
  const { id, clientId, issuer, authorizationEndpoint, tokenEndpoint } = provider
  const fail = (what: string): never => {
    throw new TypeError(`oauthServer: upstreamProvider ${what}`)
  }
  if (!id) fail('has no id')
  if (!clientId) fail('has no clientId')
  for (const name of URLS) {
    const url = provider[name]
    if (url !== undefined && url !== false && !isSecureUrl(url))
      fail(`${name} must be an https URL, or an http one on loopback`)
  }
  if (issuer !== undefined) return provider
  if (!authorizationEndpoint || !tokenEndpoint)
    fail('needs an issuer, or authorizationEndpoint and tokenEndpoint')
  const userInfoEndpoint =
    provider.userInfoEndpoint ?? USERINFO_OF.get(new URL(authorizationEndpoint as string).hostname)
  if (!userInfoEndpoint) fail('needs a userInfoEndpoint, or an issuer: nobody else says who has signed in')
  return { ...provider, userInfoEndpoint }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** Who somebody is by the claims that providers give. */
export function userOf(claims: UpstreamClaims): User | undefined {
  const sub = text(claims.sub) ?? text(claims.id) ?? text(claims.login)
  if (sub === undefined) return undefined
  const known = {
    name: text(claims.name) ?? text(claims.login),
    email: text(claims.email),
    email_verified: typeof claims.email_verified === 'boolean' ? claims.email_verified : undefined,
    preferred_username: text(claims.preferred_username) ?? text(claims.login),
    picture: text(claims.picture) ?? text(claims.avatar_url),
  }
  return {
    sub,
    claims: Object.fromEntries(
      Object.entries(known).filter(([, value]) => value !== undefined),
    ) as User['claims'],
  }
}
