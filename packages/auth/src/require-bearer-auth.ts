import { discardBody } from '@portico-mcp/core/internal'
import type { VerifyBearerTokenOptions } from './bearer-options.ts'
import { type BearerSettings, readBearerSettings } from './bearer-settings.ts'
import { readBearerToken } from './credentials.ts'
import { invalidToken } from './errors.ts'
import { requireScopes } from './hierarchy.ts'
import { BEARER_RULES } from './option-rules.ts'
import { refuseRequest } from './refuse-request.ts'
import type { AuthInfo } from './verifier.ts'
import { verifyToken } from './verify-token.ts'

/**
 * Verifies the bearer token of an `Authorization` header.
 *
 * @param header - The value of the header.
 * @param options - See {@link VerifyBearerTokenOptions}.
 * @throws OAuthError if the token is refused. `bearerAuthChallengeResponse` turns it into an answer.
 * @throws TypeError or RangeError if an option is unknown, malformed or out of range.
 */
export async function verifyBearerToken(
  header: string | null | undefined,
  options: VerifyBearerTokenOptions,
): Promise<AuthInfo> {
  const settings = readBearerSettings('verifyBearerToken', { ...options, tokenCache: false }, BEARER_RULES)
  return authenticate(header, settings)
}

/**
 * Creates a check for routes of your own. It resolves to the verified identity, or to the response that refuses the
 * request: 401 or 403 with a challenge (RFC 6750 §3, RFC 9728 §5.1), 503 if the token cannot be verified at the moment.
 * The check never rejects.
 *
 * @param options - See {@link VerifyBearerTokenOptions}.
 * @throws TypeError if an option is unknown, if `verifier` is missing, or if a URL or a scope is malformed.
 *
 * @example
 * ```ts
 * import { requireBearerAuth, staticVerifier } from '@portico-mcp/auth'
 *
 * const authenticate = requireBearerAuth({
 *   verifier: staticVerifier({ 'a-token-for-tests': { clientId: 'ann', scopes: ['notes:read'] } }),
 *   requiredScopes: ['notes:read'],
 * })
 *
 * const identity = await authenticate(new Request('https://mcp.example.com/notes'))
 * console.log(identity instanceof Response ? identity.status : identity.clientId)
 * ```
 */
export function requireBearerAuth(
  options: VerifyBearerTokenOptions,
): (request: Request) => Promise<AuthInfo | Response> {
  const settings = readBearerSettings('requireBearerAuth', options, BEARER_RULES)
  return async (request) => {
    try {
      return await authenticate(request.headers.get('authorization'), settings)
    } catch (thrown) {
      await discardBody(request)
      return refuseRequest(thrown, settings)
    }
  }
}

async function authenticate(header: string | null | undefined, settings: BearerSettings): Promise<AuthInfo> {
  const token = readBearerToken(header)
  if (token === undefined) throw invalidToken('no-token')
  const authInfo = await verifyToken(token, settings)
  requireScopes(authInfo, settings.requiredScopes, settings.scopeHierarchy)
  return authInfo
}
