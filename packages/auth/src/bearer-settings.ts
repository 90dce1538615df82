import { type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { VerifyBearerTokenOptions } from './bearer-options.ts'
import { checkScopeNames } from './challenge.ts'
import { getOAuthProtectedResourceMetadataUrl } from './resource-url.ts'
import type { TokenCache } from './token-cache.ts'
import { readTokenCache } from './token-cache-options.ts'

/** The options of a bearer check with their defaults. */
export interface BearerSettings extends Omit<VerifyBearerTokenOptions, 'tokenCache'> {
  requiredScopes: readonly string[]
  expectedResource?: URL
  /** Undefined if no tokens are remembered. */
  tokenCache: TokenCache | undefined
}

/**
 * Validates the options of a bearer check and adds the defaults.
 *
 * @param caller - The function that takes the options.
 * @param rules - What every option of that function may be.
 * @throws TypeError if an option is unknown or of the wrong type, if `verifier` is missing, or if a URL or a scope is
 *   malformed.
 * @throws RangeError if a number is out of range.
 */
export function readBearerSettings<Options extends VerifyBearerTokenOptions>(
  caller: string,
  options: Options,
  rules: Rules<Extract<keyof Options, string>>,
): BearerSettings {
  validateOptions(caller, options, rules)
  if (!options.verifier) throw new TypeError(`${caller}: verifier must be an object with verifyAccessToken`)
  const { resourceServerUrl, requiredScopes = [] } = options
  checkScopeNames(requiredScopes, `${caller}: requiredScopes`)
  const resource = options.expectedResource ?? resourceServerUrl
  const metadata =
    options.resourceMetadataUrl ??
    (resourceServerUrl && getOAuthProtectedResourceMetadataUrl(resourceServerUrl))
  return {
    ...options,
    requiredScopes: [...requiredScopes],
    expectedResource: resource === undefined ? undefined : new URL(resource),
    resourceMetadataUrl: metadata === undefined ? undefined : new URL(metadata).href,
    tokenCache: readTokenCache(caller, options.tokenCache),
  }
}
