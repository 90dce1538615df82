import { reporter } from '@portico-mcp/core/internal'
import type { BearerSettings } from './bearer-settings.ts'
import { buildChallengeResponse } from './challenge.ts'
import { toOAuthError } from './errors.ts'

/** Passes an error to the option `onerror`. */
export function reportError(error: Error, { onerror }: BearerSettings): void {
  reporter(onerror)(error)
}

/**
 * Reports why a request is refused, and builds the answer.
 *
 * @param thrown - What the verification threw.
 * @param scopes - The scopes that the challenge names. @defaultValue `requiredScopes`
 */
export function refuseRequest(
  thrown: unknown,
  settings: BearerSettings,
  scopes: readonly string[] = settings.requiredScopes,
): Response {
  const error = toOAuthError(thrown)
  reportError(error, settings)
  return buildChallengeResponse(error, {
    requiredScopes: scopes,
    resourceMetadataUrl: settings.resourceMetadataUrl,
  })
}
