import { reporter } from '@portico-mcp/core/internal'
import { InMemorySessionStore } from '@portico-mcp/sessions'
import { readSecrets, type ServerSecrets } from './key-ring.ts'
import { type OAuthStore, refusing } from './oauth-store.ts'
import type { ConfiguredClient, OAuthServerOptions } from './options.ts'
import { isPrivateScheme, isRedirectUri } from './redirect-uri.ts'
import { identifierOf } from './resource-indicator.ts'
import { isSecureUrl } from './secure-url.ts'

/** The options with what follows from them. */
export interface Settings extends Omit<OAuthServerOptions, 'resource' | 'store' | 'fetch' | 'onerror'> {
  /** The issuer without a slash at its end, which begins every URL. */
  base: string
  resources: readonly string[]
  sessionSecrets: ServerSecrets
  signingSecrets: ServerSecrets
  encryptionSecrets: ServerSecrets
  scopesSupported: readonly string[]
  tokenTTL: number
  refreshTokenTTL: number
  refreshGracePeriodSeconds: number
  enableDCR: boolean
  registrationTTLSeconds: number
  enableCIMD: boolean
  clients: readonly ConfiguredClient[]
  allowedRedirectSchemes: readonly string[]
  checkRevocation: boolean
  serviceName: string
  /** What strangers can fill is kept apart from what signed-in users have. */
  stores: { passing: OAuthStore; lasting: OAuthStore }
  /** Asks the provider. */
  fetch: typeof globalThis.fetch
  /** Asks for documents of applications, where the option `fetch` is given. */
  documentFetch: typeof globalThis.fetch | undefined
  /** Tells `onerror`. */
  report(error: Error): void
}

const DAY = 24 * 3600

/** @throws TypeError or RangeError for an option that cannot be used; it names the option. */
export function readOptions(options: OAuthServerOptions): Settings {
  const { issuer, upstreamProvider, authenticate, store } = options
  if (!isSecureUrl(issuer) || /[?#]/.test(issuer)) {
    throw new TypeError(
      'oauthServer: issuer must be an https URL, or an http one on loopback, without query and fragment',
    )
  }
  if (!upstreamProvider === !authenticate) {
    throw new TypeError('oauthServer: either upstreamProvider or authenticate says who signs in')
  }
  const resources = ([options.resource].flat() as (string | URL | undefined)[]).map(String)
  if (
    resources.length === 0 ||
    resources.some((resource) => !isSecureUrl(resource) || resource.includes('#'))
  ) {
    throw new TypeError(
      'oauthServer: resource must be an https URL, or an http one on loopback, without fragment',
    )
  }
  const { scopesSupported = [], clients = [] } = options
  const allowedRedirectSchemes = readSchemes(options.allowedRedirectSchemes ?? [])
  for (const scope of scopesSupported) {
    // RFC 6749 §3.3
    if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)) throw new TypeError(`oauthServer: "${scope}" is no scope`)
  }
  for (const client of clients) checkClient(client, allowedRedirectSchemes)
  const { sessionSecret, jwtSigningSecret, jwtEncryptionSecret } = options
  const sessionSecrets = { issuer, secrets: readSecrets('sessionSecret', sessionSecret) }
  return {
    ...options,
    base: issuer.replace(/\/$/, ''),
    resources: resources.map(identifierOf),
    sessionSecrets,
    signingSecrets:
      jwtSigningSecret === undefined
        ? sessionSecrets
        : { issuer, secrets: readSecrets('jwtSigningSecret', jwtSigningSecret) },
    encryptionSecrets:
      jwtEncryptionSecret === undefined
        ? sessionSecrets
        : { issuer, secrets: readSecrets('jwtEncryptionSecret', jwtEncryptionSecret) },
    scopesSupported,
    tokenTTL: seconds('tokenTTL', options.tokenTTL ?? 3600, 1),
    refreshTokenTTL: seconds('refreshTokenTTL', options.refreshTokenTTL ?? 30 * DAY, 1),
    refreshGracePeriodSeconds: seconds(
      'refreshGracePeriodSeconds',
      options.refreshGracePeriodSeconds ?? 60,
      0,
    ),
    enableDCR: options.enableDCR ?? true,
    registrationTTLSeconds: seconds('registrationTTLSeconds', options.registrationTTLSeconds ?? 365 * DAY, 1),
    enableCIMD: options.enableCIMD ?? true,
    clients,
    allowedRedirectSchemes,
    checkRevocation: options.checkRevocation ?? true,
    serviceName: options.serviceName ?? new URL(issuer).host,
    stores: {
      passing: refusing(store ?? new InMemorySessionStore({ maxSessions: 10_000 })),
      lasting: refusing(store ?? new InMemorySessionStore({ maxSessions: 100_000 })),
    },
    // a runtime may want to be called as its own
    documentFetch: options.fetch,
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
    report: reporter(options.onerror),
  }
}

function seconds(name: string, value: number, least: number): number {
  if (value >= least && value < Number.POSITIVE_INFINITY) return value
  throw new RangeError(`oauthServer: ${name} must be ${least} or more seconds`)
}

/** What `well-known` stands for in `allowedRedirectSchemes`: programs that are MCP clients, and editors that have some. */
const WELL_KNOWN_SCHEMES = [
  ...['claude', 'cursor', 'vscode', 'vscode-insiders', 'windsurf', 'zed', 'kiro', 'trae', 'goose', 'warp'],
  ...['raycast', 'com.raycast'],
]

function readSchemes(given: readonly string[]): readonly string[] {
  for (const scheme of given) {
    if (isPrivateScheme(scheme)) continue
    throw new TypeError(
      `oauthServer: allowedRedirectSchemes: ${JSON.stringify(scheme)} is no private-use scheme; name one in lower case, such as "cursor", or "well-known"`,
    )
  }
  return given.flatMap((scheme) => (scheme === 'well-known' ? WELL_KNOWN_SCHEMES : [scheme]))
}

function checkClient(
  { clientId, clientSecret, redirectUris }: ConfiguredClient,
  schemes: readonly string[],
): void {
  if (!clientId) throw new TypeError('oauthServer: a client has no clientId')
  if (clientSecret !== undefined) readSecrets(`the clientSecret of ${clientId}`, clientSecret)
  if (redirectUris.length === 0 || !redirectUris.every((uri) => isRedirectUri(uri, schemes))) {
    throw new TypeError(`oauthServer: the redirectUris of ${clientId} must be https, or http on loopback`)
  }
}
