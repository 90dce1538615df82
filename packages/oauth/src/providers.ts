import { checkOptions, optionRules, type Rule, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { removeUndefined } from './remove-undefined.ts'
import { secureUrl } from './secure-url.ts'
import { PRESET_RULES, type PresetOption, type UpstreamProvider } from './upstream-provider.ts'

/** Options that all presets take. */
export interface ProviderOptions extends Pick<UpstreamProvider, PresetOption> {}

/** A string of a certain format. */
const matching = (pattern: RegExp, allowed: string): Rule => ({
  allowed,
  isAllowed: (value) => typeof value === 'string' && pattern.test(value),
  error: TypeError,
})

const HOST = matching(/^[\da-z.-]+$/i, 'a host without https:// and without a path')
const TENANT = matching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, 'the id of a directory, a UUID')
const USER_POOL = matching(/^[a-z\d-]+_[\da-zA-Z]+$/, 'the id of a user pool, such as "eu-west-1_AbCdEf123"')

/**
 * Validates the options of a preset.
 *
 * @param preset - The name of the preset, for error messages.
 * @param required - The rules of further options that are required.
 * @param optional - The rules of further options that are not.
 * @returns The options without those that are undefined.
 */
function readPresetOptions<Options extends ProviderOptions>(
  preset: string,
  options: Options,
  required: Partial<Rules<Extract<keyof Options, string>>> = {},
  optional: Partial<Rules<Extract<keyof Options, string>>> = {},
): Options {
  const rules = { ...PRESET_RULES, ...required, ...optional } as Rules<Extract<keyof Options, string>>
  validateOptions(preset, options, rules)
  const requiredRules: Record<string, Rule> = { clientId: PRESET_RULES.clientId, ...required }
  checkOptions(preset, '', options as Record<string, unknown>, requiredRules)
  return removeUndefined(options)
}

/**
 * GitHub: an OAuth app, or a GitHub App with user authorization. The `sub` of a user is the numeric id.
 *
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export const github = (options: ProviderOptions): UpstreamProvider => ({
  id: 'github',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  userInfoEndpoint: 'https://api.github.com/user',
  scopes: ['read:user'],
  ...readPresetOptions('github', options),
})

/**
 * Google. `authorizationParams` contains `access_type: 'offline'`, so that Google issues a refresh token.
 *
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export function google(options: ProviderOptions): UpstreamProvider {
  const { authorizationParams, ...known } = readPresetOptions('google', options)
  return {
    id: 'google',
    issuer: 'https://accounts.google.com',
    ...known,
    authorizationParams: { access_type: 'offline', ...authorizationParams },
  }
}

/**
 * Microsoft Entra ID.
 *
 * @param options - `tenant` is the id of the directory. Names such as `common` have no issuer, so they are not supported.
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export function microsoft(options: ProviderOptions & { tenant: string }): UpstreamProvider {
  const { tenant, ...known } = readPresetOptions('microsoft', options, { tenant: TENANT })
  return { id: 'microsoft', issuer: `https://login.microsoftonline.com/${tenant}/v2.0`, ...known }
}

/**
 * Auth0.
 *
 * @param options - `domain` is the domain of the tenant, such as `example.eu.auth0.com`.
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export function auth0(options: ProviderOptions & { domain: string }): UpstreamProvider {
  const { domain, ...known } = readPresetOptions('auth0', options, { domain: HOST })
  // The issuer of Auth0 ends with a slash.
  return { id: 'auth0', issuer: `https://${domain}/`, ...known }
}

/**
 * Okta.
 *
 * @param options - `domain` is the domain of the organization, `authorizationServer` the id of a custom authorization
 *   server (default: the one of the organization).
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export function okta(
  options: ProviderOptions & { domain: string; authorizationServer?: string | undefined },
): UpstreamProvider {
  const { domain, authorizationServer, ...known } = readPresetOptions(
    'okta',
    options,
    { domain: HOST },
    { authorizationServer: optionRules.text },
  )
  const path = authorizationServer === undefined ? '' : `/oauth2/${encodeURIComponent(authorizationServer)}`
  return { id: 'okta', issuer: `https://${domain}${path}`, ...known }
}

/**
 * Keycloak.
 *
 * @param options - `url` is the URL of the server, with its path; `realm` is the name of the realm.
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export function keycloak(options: ProviderOptions & { url: string; realm: string }): UpstreamProvider {
  const required = { url: secureUrl, realm: optionRules.text }
  const { url, realm, ...known } = readPresetOptions('keycloak', options, required)
  const issuer = `${url.replace(/\/$/, '')}/realms/${encodeURIComponent(realm)}`
  return { id: 'keycloak', issuer, ...known }
}

/**
 * Amazon Cognito.
 *
 * @param options - `userPoolId` is the id of the user pool, such as `eu-west-1_AbCdEf123`.
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export function cognito(options: ProviderOptions & { userPoolId: string }): UpstreamProvider {
  const { userPoolId, ...known } = readPresetOptions('cognito', options, { userPoolId: USER_POOL })
  const [region] = userPoolId.split('_')
  return { id: 'cognito', issuer: `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`, ...known }
}

/**
 * Any provider with OpenID Connect Discovery.
 *
 * @param options - `issuer` is exactly the issuer of its metadata, `id` a name for the provider (default `oidc`).
 * @throws TypeError if an option is unknown, malformed or missing.
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
export const oidc = (
  options: ProviderOptions & { id?: string | undefined; issuer: string },
): UpstreamProvider => ({
  id: 'oidc',
  ...readPresetOptions('oidc', options, { issuer: secureUrl }, { id: optionRules.text }),
})
