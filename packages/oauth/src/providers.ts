import type { UpstreamProvider } from './upstream-provider.ts'

/** What every preset takes. */
export interface ProviderOptions
  extends Pick<
    UpstreamProvider,
    'clientId' | 'clientSecret' | 'scopes' | 'authorizationParams' | 'mapUser' | 'revocationEndpoint'
  > {}

/** GitHub: an OAuth app, or a GitHub App with user authorization. `sub` is the user's number. */
export const github = (options: ProviderOptions): UpstreamProvider => ({
  id: 'github',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  userInfoEndpoint: 'https://api.github.com/user',
  scopes: ['read:user'],
  ...options,
})

/** Google. It gives a refresh token when `access_type` is `offline`, as it is here. */
export const google = (options: ProviderOptions): UpstreamProvider => ({
  ...oidc({ id: 'google', issuer: 'https://accounts.google.com', ...options }),
  authorizationParams: { access_type: 'offline', ...options.authorizationParams },
})

/**
 * Microsoft Entra ID.
 *
 * @param options - `tenant` is the directory's id; names such as `common` have no issuer of their own.
 * @throws TypeError for a tenant that is no id.
 */
export function microsoft({ tenant, ...options }: ProviderOptions & { tenant: string }): UpstreamProvider {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(tenant)) {
    throw new TypeError('microsoft: tenant must be the id of a directory')
  }
  return oidc({ id: 'microsoft', issuer: `https://login.microsoftonline.com/${tenant}/v2.0`, ...options })
}

/** Auth0. @param options - `domain` is the tenant's, such as `example.eu.auth0.com`. */
export const auth0 = ({ domain, ...options }: ProviderOptions & { domain: string }): UpstreamProvider =>
  // the slash belongs to its issuer
  oidc({ id: 'auth0', issuer: `https://${hostOf('auth0', domain)}/`, ...options })

/** Okta. @param options - `domain` is the organization's; `authorizationServer` one of its custom ones. */
export const okta = ({
  domain,
  authorizationServer,
  ...options
}: ProviderOptions & { domain: string; authorizationServer?: string }): UpstreamProvider => {
  const path = authorizationServer === undefined ? '' : `/oauth2/${encodeURIComponent(authorizationServer)}`
  return oidc({ id: 'okta', issuer: `https://${hostOf('okta', domain)}${path}`, ...options })
}

/** Keycloak. @param options - `url` is the server's, with its path; `realm` the realm's name. */
export const keycloak = ({
  url,
  realm,
  ...options
}: ProviderOptions & { url: string; realm: string }): UpstreamProvider =>
  oidc({
    id: 'keycloak',
    issuer: `${url.replace(/\/$/, '')}/realms/${encodeURIComponent(realm)}`,
    ...options,
  })

/** Amazon Cognito. @param options - `userPoolId` such as `eu-west-1_AbCdEf123`. */
export function cognito({
  userPoolId,
  ...options
}: ProviderOptions & { userPoolId: string }): UpstreamProvider {
  const [, region] = /^([a-z\d-]+)_[\da-zA-Z]+$/.exec(userPoolId) ?? []
  if (!region) throw new TypeError('cognito: userPoolId must be one, such as eu-west-1_AbCdEf123')
  return oidc({
    id: 'cognito',
    issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`,
    ...options,
  })
}

/**
 * Any provider with OpenID Connect Discovery.
 *
 * @param options - `issuer` exactly as its document has it.
 *
 * @example
 * ```ts
 * import { oauthServer, oidc } from '@portico-mcp/oauth'
 *
 * export const server = oauthServer({
 *   issuer: 'https://mcp.example.com',
 *   resource: 'https://mcp.example.com/mcp',
 *   sessionSecret: process.env.SESSION_SECRET ?? 'a secret of at least 32 characters',
 *   upstreamProvider: oidc({ issuer: 'https://id.example.com', clientId: 'portico' }),
 * })
 * ```
 */
export const oidc = ({
  id = 'oidc',
  issuer,
  ...options
}: ProviderOptions & { id?: string; issuer: string }): UpstreamProvider => ({ id, issuer, ...options })

function hostOf(name: string, domain: string): string {
  if (/^[\da-z.-]+$/i.test(domain)) return domain
  throw new TypeError(`${name}: domain must be a host, without https:// and without a path`)
}
