import { checkOptions, reporter, validateOptions } from '@portico-mcp/core/internal'
import { InMemorySessionStore } from '@portico-mcp/sessions'
import type { Secrets, ServerSecrets } from './key-ring.ts'
import { type OAuthStore, wrapStoreErrors } from './oauth-store.ts'
import { buildClientRules, SERVER_RULES } from './option-rules.ts'
import type { ConfiguredClient, OAuthServerOptions } from './options.ts'
import { toResourceIdentifier } from './resource-indicator.ts'

type Defaulted =
  | 'scopesSupported'
  | 'tokenTTL'
  | 'refreshTokenTTL'
  | 'refreshGracePeriodSeconds'
  | 'enableDCR'
  | 'registrationTTLSeconds'
  | 'enableCIMD'
  | 'clients'
  | 'allowedRedirectSchemes'
  | 'checkRevocation'
  | 'serviceName'

type DefaultedOptions = { [Name in Defaulted]: NonNullable<OAuthServerOptions[Name]> }

/** The options of `oauthServer` with their defaults, and values that are computed from them. */
export interface Settings
  extends Omit<OAuthServerOptions, Defaulted | 'resource' | 'store' | 'fetch' | 'onerror'>,
    DefaultedOptions {
  /** The issuer without a slash at its end. All URLs of the server begin with it. */
  base: string
  resources: readonly string[]
  sessionSecrets: ServerSecrets
  signingSecrets: ServerSecrets
  encryptionSecrets: ServerSecrets
  stores: Stores
  /** Calls the identity provider. */
  fetch: typeof globalThis.fetch
  /** The option `fetch`, which fetches client metadata documents if it is set. */
  documentFetch: typeof globalThis.fetch | undefined
  /** Passes an error to `onerror`. */
  report(error: Error): void
}

/** Stores in memory are separate, so that records that anybody can create do not push out the grants of users. */
interface Stores {
  /** Codes, sign-ins, answered pages, used refresh tokens and leases. */
  transient: OAuthStore
  grants: OAuthStore
}

const DAY_SECONDS = 24 * 3600
const CALLER = 'oauthServer'

/**
 * Validates the options of `oauthServer` and adds the defaults.
 *
 * @throws TypeError or RangeError that names the option, the value and what is allowed.
 */
export function readSettings(options: OAuthServerOptions): Settings {
  validateOptions(CALLER, options, SERVER_RULES)
  const { issuer, resource, sessionSecret, jwtSigningSecret, jwtEncryptionSecret } = options
  checkRequired(options)
  const allowedRedirectSchemes = expandSchemes(options.allowedRedirectSchemes ?? [])
  const { clients = [] } = options
  for (const client of clients) checkClient(client, allowedRedirectSchemes)
  const toSecrets = (secrets: Secrets): ServerSecrets => ({
    issuer,
    secrets: Array.isArray(secrets) ? secrets : [secrets],
  })
  return {
    ...options,
    base: issuer.replace(/\/$/, ''),
    resources: [resource].flat().map((url) => toResourceIdentifier(String(url))),
    sessionSecrets: toSecrets(sessionSecret),
    signingSecrets: toSecrets(jwtSigningSecret ?? sessionSecret),
    encryptionSecrets: toSecrets(jwtEncryptionSecret ?? sessionSecret),
    scopesSupported: options.scopesSupported ?? [],
    tokenTTL: options.tokenTTL ?? 3600,
    refreshTokenTTL: options.refreshTokenTTL ?? 30 * DAY_SECONDS,
    refreshGracePeriodSeconds: options.refreshGracePeriodSeconds ?? 60,
    enableDCR: options.enableDCR ?? true,
    registrationTTLSeconds: options.registrationTTLSeconds ?? 365 * DAY_SECONDS,
    enableCIMD: options.enableCIMD ?? true,
    clients,
    allowedRedirectSchemes,
    checkRevocation: options.checkRevocation ?? true,
    serviceName: options.serviceName ?? new URL(issuer).host,
    stores: openStores(options.store),
    documentFetch: options.fetch,
    // Some runtimes require that `fetch` is called as a method of the global object.
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    report: reporter(options.onerror),
  }
}

function checkRequired({
  issuer,
  resource,
  sessionSecret,
  upstreamProvider,
  authenticate,
}: OAuthServerOptions): void {
  const { issuer: issuerRule, resource: resourceRule, sessionSecret: secretRule } = SERVER_RULES
  const rules = { issuer: issuerRule, resource: resourceRule, sessionSecret: secretRule }
  checkOptions(CALLER, '', { issuer, resource, sessionSecret }, rules)
  if (!upstreamProvider === !authenticate) {
    const got = upstreamProvider ? 'both' : 'neither'
    throw new TypeError(`${CALLER}: either upstreamProvider or authenticate must be given (got ${got})`)
  }
}

function openStores(store: OAuthStore | undefined): Stores {
  return {
    transient: wrapStoreErrors(store ?? new InMemorySessionStore({ maxSessions: 10_000 })),
    grants: wrapStoreErrors(store ?? new InMemorySessionStore({ maxSessions: 100_000 })),
  }
}

/** The schemes that `well-known` stands for in `allowedRedirectSchemes`: MCP clients, and editors that contain one. */
const WELL_KNOWN_SCHEMES = [
  ...['claude', 'cursor', 'vscode', 'vscode-insiders', 'windsurf', 'zed', 'kiro', 'trae', 'goose', 'warp'],
  ...['raycast', 'com.raycast'],
]

function expandSchemes(schemes: readonly string[]): readonly string[] {
  return schemes.flatMap((scheme) => (scheme === 'well-known' ? WELL_KNOWN_SCHEMES : [scheme]))
}

function checkClient(client: ConfiguredClient, schemes: readonly string[]): void {
  const rules = buildClientRules(schemes)
  const { clientId, redirectUris } = client
  checkOptions(`${CALLER}: clients`, '', { clientId }, { clientId: rules.clientId })
  const caller = `${CALLER}: client ${JSON.stringify(clientId)}`
  validateOptions(caller, client, rules)
  checkOptions(caller, '', { redirectUris }, { redirectUris: rules.redirectUris })
}
