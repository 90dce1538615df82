import { optionRules, type Rule, type Rules } from '@portico-mcp/core/internal'
import { rateLimit, type TrustProxy } from '@portico-mcp/guard'
import type { JWK } from 'jose'
import { STORE_METHODS } from './oauth-store.ts'
import type { ConfiguredClient, OAuthServerOptions } from './options.ts'
import { isPrivateScheme, isRedirectUri } from './redirect-uri.ts'
import { hideCredentials, isSecureUrl } from './secure-url.ts'

const { callback, flag, listOf, objectWith, plainObject, text, url } = optionRules

const issuer: Rule = {
  allowed: 'an https URL, or an http URL on loopback, without query and fragment',
  isAllowed: (value) => isSecureUrl(value) && !/[?#]/.test(value),
  culprit: hideCredentials,
  error: TypeError,
}

const resource: Rule = {
  allowed: 'an https URL, or an http URL on loopback, without fragment, or a list of at least one',
  isAllowed: (value) => toList(value).length > 0 && toList(value).every(isResource),
  culprit: (value) => hideCredentials(toList(value).find((item) => !isResource(item)) ?? value),
  error: TypeError,
}

const toList = (value: unknown): unknown[] => [value].flat()

const isResource = (value: unknown): boolean =>
  (typeof value === 'string' || value instanceof URL) &&
  isSecureUrl(String(value)) &&
  !String(value).includes('#')

const MIN_SECRET_LENGTH = 32

const isSecret = (value: unknown): boolean =>
  (typeof value === 'string' || value instanceof Uint8Array) && value.length >= MIN_SECRET_LENGTH

const secrets: Rule = {
  allowed: `a secret of at least ${MIN_SECRET_LENGTH} characters or bytes, or a list of at least one`,
  isAllowed: (value) => {
    const list = Array.isArray(value) ? value : [value]
    return list.length > 0 && list.every(isSecret)
  },
  isSecret: true,
  error: TypeError,
}

const ALGORITHMS = /^(RS|PS|ES)(256|384|512)$|^EdDSA$|^Ed25519$/

const signingKey: Rule = {
  allowed: 'a private key',
  isAllowed: (value) => {
    if (!plainObject.isAllowed(value)) return false
    const { alg, d } = value as JWK
    return ALGORITHMS.test(alg ?? '') && typeof d === 'string' && d !== ''
  },
}

const scope: Rule = {
  allowed: 'a scope',
  // RFC 6749 §3.3
  isAllowed: (value) => typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value),
}

const redirectScheme: Rule = {
  allowed: 'a private-use scheme',
  isAllowed: (value) => typeof value === 'string' && isPrivateScheme(value),
}

/** A duration in seconds, which becomes a point in time and so must be finite. */
const seconds = (least: number): Rule => ({
  allowed: `a finite number of seconds of ${least} or more`,
  isAllowed: (value) => typeof value === 'number' && value >= least && value < Number.POSITIVE_INFINITY,
})

const trustProxy: Rule = {
  allowed: 'an integer of 0 or more, a list of IP addresses and CIDR ranges, or a function',
  isAllowed: canTrust,
}

/** `rateLimit` validates the option, which it gets later. */
function canTrust(value: unknown): boolean {
  try {
    rateLimit({ trustProxy: value as TrustProxy })
    return true
  } catch {
    return false
  }
}

/** The rules of the options of `oauthServer`. */
export const SERVER_RULES: Rules<keyof OAuthServerOptions> = {
  issuer,
  resource,
  sessionSecret: secrets,
  jwtSigningSecret: secrets,
  jwtEncryptionSecret: secrets,
  signingKeys: optionRules.secret(
    listOf(signingKey, 'private JWKs with an asymmetric alg, such as ES256 or EdDSA'),
  ),
  // `readProvider` checks the members.
  upstreamProvider: plainObject,
  authenticate: callback,
  scopesSupported: listOf(scope, 'scopes, each of visible ASCII characters without spaces, " and \\'),
  tokenTTL: seconds(1),
  refreshTokenTTL: seconds(1),
  refreshGracePeriodSeconds: seconds(0),
  enableDCR: flag,
  registrationTTLSeconds: seconds(1),
  enableCIMD: flag,
  // `checkClient` checks the members.
  clients: optionRules.secret(listOf(plainObject, 'objects with clientId, clientName and redirectUris')),
  allowClient: callback,
  allowedRedirectSchemes: listOf(
    redirectScheme,
    'private-use schemes in lower case, such as "cursor", or "well-known"',
  ),
  tokenMapper: callback,
  store: objectWith(...STORE_METHODS),
  checkRevocation: flag,
  rateLimitStore: objectWith('take'),
  trustProxy,
  serviceName: text,
  documentationUrl: url,
  lookup: callback,
  fetch: callback,
  onerror: callback,
}

/**
 * Builds the rules of a configured client.
 *
 * @param schemes - The private-use schemes that its redirect URIs may have.
 */
export const buildClientRules = (schemes: readonly string[]): Rules<keyof ConfiguredClient> => ({
  clientId: text,
  clientSecret: {
    allowed: `a secret of at least ${MIN_SECRET_LENGTH} characters`,
    isAllowed: (value) => typeof value === 'string' && isSecret(value),
    isSecret: true,
    error: TypeError,
  },
  clientName: optionRules.string,
  redirectUris: {
    ...listOf({ allowed: 'a URI', isAllowed: (value) => isRedirectUri(value, schemes) }),
    allowed: 'a list of at least one URI: https, http on loopback, or a scheme of allowedRedirectSchemes',
    isAllowed: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((uri) => isRedirectUri(uri, schemes)),
  },
})
