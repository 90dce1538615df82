import { optionRules, type Rule, type Rules } from '@portico-mcp/core/internal'
import type { VerifyBearerTokenOptions } from './bearer-options.ts'
import { ALGORITHMS, type JwtChecks } from './check-jwt.ts'
import type { ClaimMapping } from './claim-mapping.ts'
import type { DocumentFetching } from './discovery.ts'
import type { KeyFetching } from './remote-keys.ts'
import type { ResourceOptions } from './resource-options.ts'
import type { TenantChecks } from './tenants.ts'

const {
  anyOfRules,
  anything,
  callback,
  flag,
  numberFrom,
  objectWith,
  plainObject,
  positive,
  text,
  texts,
  url,
} = optionRules

const timeoutMs = positive('milliseconds')
const claimNames = anyOfRules(text, texts, callback)

/** The rule of the option `audience`. */
export const audience: Rule = {
  allowed: 'a string, a list of strings or false',
  isAllowed: (value) => value === false || text.isAllowed(value) || texts.isAllowed(value),
  error: TypeError,
}

export const CLAIM_RULES: Rules<keyof ClaimMapping> = { scopesFrom: claimNames, clientIdFrom: claimNames }

export const JWT_RULES: Rules<keyof JwtChecks> = {
  ...CLAIM_RULES,
  audience,
  algorithms: {
    allowed: `a list of one or more of ${ALGORITHMS.join(', ')}`,
    isAllowed: (value) =>
      Array.isArray(value) && value.length > 0 && value.every((name) => ALGORITHMS.includes(name)),
    error: TypeError,
  },
  typ: text,
  clockToleranceSeconds: numberFrom(0, 'seconds'),
}

export const KEY_RULES: Rules<keyof KeyFetching> = {
  cacheMaxAgeMs: numberFrom(0, 'milliseconds'),
  cooldownMs: numberFrom(0, 'milliseconds'),
  timeoutMs,
  fetch: callback,
}

export const DOCUMENT_RULES: Rules<keyof DocumentFetching> = {
  documentMaxAgeMs: numberFrom(0, 'milliseconds'),
  retryAfterMs: numberFrom(0, 'milliseconds'),
  timeoutMs,
  fetch: callback,
}

/** `checkTenants` checks the option together with `issuer`. */
export const TENANT_RULES: Rules<keyof TenantChecks> = { tenants: anything }

export const RESOURCE_RULES: Rules<keyof ResourceOptions> = {
  resourceServerUrl: url,
  oauthMetadata: plainObject,
  authorizationServers: texts,
  scopesSupported: texts,
  resourceName: optionRules.string,
  serviceDocumentationUrl: url,
  dangerouslyAllowInsecureIssuerUrl: flag,
}

export const BEARER_RULES: Rules<keyof VerifyBearerTokenOptions> = {
  verifier: objectWith('verifyAccessToken'),
  requiredScopes: texts,
  scopeHierarchy: plainObject,
  resourceServerUrl: url,
  resourceMetadataUrl: url,
  expectedResource: url,
  requireExpiry: flag,
  // `readTokenCache` checks the option and its members.
  tokenCache: anything,
  onerror: callback,
}
